// node signalr-client.mjs <hubUrl> <WebSockets|ServerSentEvents|LongPolling> <sessionId> <message>
//      [--emotion X] [--timestamp N] [--token T] [--cancel-after N]
// Prints one JSON line for each thing that happens. Ends after the stream, or, where it cancelled it, when standard input ends.
import { HttpTransportType, HubConnectionBuilder, LogLevel } from "@microsoft/signalr";
import { parseArgs } from "node:util";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    emotion: { type: "string" },
    timestamp: { type: "string" },
    token: { type: "string" },
    "cancel-after": { type: "string" },
  },
});
const [hubUrl, transport, sessionId, message] = positionals;
const cancelAfter = Number(values["cancel-after"] ?? Infinity);
const say = (event, more = {}) => console.log(JSON.stringify({ event, ...more }));

const connection = new HubConnectionBuilder()
  .withUrl(hubUrl, {
    transport: HttpTransportType[transport],
    ...(values.token && { accessTokenFactory: () => values.token }),
  })
  .configureLogging(LogLevel.None)
  .build();
connection.on("SessionSuperseded", (item) => say("superseded", { item }));
connection.onclose((error) => say("closed", error && { message: error.message }));

try {
  await connection.start();
  say("connected");
  say("ping", { item: await connection.invoke("Ping", sessionId) });
  await stream();
} catch (error) {
  say("error", { message: error.message });
  process.exitCode = 1;
}
await connection.stop();

function stream() {
  const request = { message, emotion: values.emotion ?? null, timestamp: values.timestamp ? Number(values.timestamp) : null };
  return new Promise((resolve, reject) => {
    let items = 0;
    const subscription = connection.stream("RequestAiResponse", sessionId, request).subscribe({
      next(item) {
        say("item", { item });
        if (++items === cancelAfter) {
          subscription.dispose();
          say("cancelled");
          process.stdin.resume().on("end", resolve);
        }
      },
      complete() {
        say("complete");
        resolve();
      },
      error: reject,
    });
  });
}
