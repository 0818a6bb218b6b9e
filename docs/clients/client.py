import asyncio, json, urllib.request, websockets

async def talk(hub="localhost:8000"):
    session = json.load(urllib.request.urlopen(f"http://{hub}/api/session/start", data=b""))["data"]["sessionId"]
    async with websockets.connect(f"ws://{hub}/ws/session/{session}") as socket:
        await socket.send(json.dumps({"type": "request_ai_response", "data": {"message": "요즘 잠이 안 와요", "emotion": "anxious"}}))
        async for frame in socket:
            said = json.loads(frame)
            print(said["data"].get("chunk") or said["data"].get("error", ""), end="", flush=True)
            if said["type"] in ("ai_stream_complete", "ai_stream_error"):
                break

asyncio.run(talk())
