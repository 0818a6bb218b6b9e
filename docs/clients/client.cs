#:package Microsoft.AspNetCore.SignalR.Client@10.0.15
#:property PublishAot=false
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR.Client;

const string Hub = "http://localhost:8000";
var started = await (await new HttpClient().PostAsync($"{Hub}/api/session/start", null)).Content.ReadFromJsonAsync<JsonElement>();
var session = started.GetProperty("data").GetProperty("sessionId").GetString();
await using var connection = new HubConnectionBuilder().WithUrl($"{Hub}/hubs/counselling?session={session}").Build();
await connection.StartAsync();
await foreach (var item in connection.StreamAsync<JsonElement>("RequestAiResponse", session, new { message = "요즘 잠이 안 와요", emotion = "anxious" }))
    foreach (var said in item.GetProperty("data").EnumerateObject().Where(said => said.Name is "chunk" or "error"))
        Console.Write(said.Value);
