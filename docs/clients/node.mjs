import { HubConnectionBuilder } from "@microsoft/signalr";

const hub = "http://localhost:8000";
const { data: { sessionId } } = await (await fetch(`${hub}/api/session/start`, { method: "POST" })).json();
const connection = new HubConnectionBuilder().withUrl(`${hub}/hubs/counselling?session=${sessionId}`).configureLogging("error").build();
await connection.start();
connection.stream("RequestAiResponse", sessionId, { message: "요즘 잠이 안 와요", emotion: "anxious" }).subscribe({
  next: ({ data }) => process.stdout.write(data.chunk ?? data.error ?? ""),
  error: console.error,
  complete: () => connection.stop(),
});
