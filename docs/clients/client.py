import asyncio, json, urllib.request, websockets

HUB = "localhost:8000"

async def talk():
    with urllib.request.urlopen(f"http://{HUB}/api/session/start", data=b"") as started:
        session = json.load(started)["data"]["sessionId"]
    async with websockets.connect(f"ws://{HUB}/ws/session/{session}") as socket:
        await socket.send(json.dumps({"type": "request_ai_response", "data": {"message": "요즘 잠이 안 와요", "emotion": "anxious"}}))
        async for frame in socket:
            said = json.loads(frame)
            print(said["data"].get("chunk") or said["data"].get("error") or "", end="", flush=True)
            if said["type"] in ("ai_stream_complete", "ai_stream_error"):
                return

asyncio.run(talk())
