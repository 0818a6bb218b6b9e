// Holds the contract's documents to their own rules, and what a hub was heard to say to the documents.
//
//   node contract.mjs validate openapi.json asyncapi.json
//   node contract.mjs check openapi.json asyncapi.json      with what was seen, as JSON, on stdin:
//     { "calls":  [{ "method", "path", "status", "headers", "body", "requestBody" }],   path as the document writes it
//       "frames": [{ "channel", "action": "send" | "receive", "text" }] }
//
// Writes { "problems": [sentences], "unseen": ["GET /path 200", "channel action message"] }: what is wrong, and what the documents
// promise and was not seen.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";
import { Validator } from "@seriousme/openapi-schema-validator";
import Ajv from "ajv";
import Ajv2020 from "ajv/dist/2020.js";

const [command, ...files] = process.argv.slice(2);
const texts = files.map(file => readFileSync(file, "utf8"));
const [openapi, asyncapi] = texts.map(text => JSON.parse(text));
const problems = [];
const seen = new Set();

// OpenAPI 3.1 is written in JSON Schema's draft 2020-12, AsyncAPI 3.0 in draft 7. Formats are notes for people: what holds is a pattern.
const options = { strict: false, validateFormats: false, validateSchema: false, allErrors: true };
const ajv = {
  openapi: new Ajv2020(options).addSchema(openapi, "openapi"),
  asyncapi: new Ajv(options).addSchema(asyncapi, "asyncapi"),
};

const pointer = path => "#/" + path.map(part => encodeURIComponent(String(part).replaceAll("~", "~0").replaceAll("/", "~1"))).join("/");

// The place that a reference leads to, as a path of names from the document's root.
function follow(document, path) {
  let value = document;
  for (const part of path) {
    value = value?.[part];
  }
  if (value?.$ref) {
    return follow(document, value.$ref.slice(2).split("/").map(part => part.replaceAll("~1", "/").replaceAll("~0", "~")));
  }
  return [path, value];
}

function errorsOf(document, path, value) {
  const validate = ajv[document].getSchema(document + pointer(path));
  if (validate(value)) {
    return null;
  }
  const sentences = validate.errors.map(({ instancePath, message, params }) =>
    [instancePath || "/", message, params.additionalProperty ?? params.allowedValue].filter(part => part !== undefined).join(" "));
  return [...new Set(sentences)].join("; ");
}

async function validate() {
  const { valid, errors } = await new Validator().validate(structuredClone(openapi));
  if (!valid) {
    problems.push(`openapi: ${JSON.stringify(errors)}`);
  }
  // 0 and 1 are errors and warnings; the others are hints.
  for (const found of await new Parser().validate(texts[1])) {
    if (found.severity <= 1) {
      problems.push(`asyncapi: ${found.path?.join("/")}: ${found.message}`);
    }
  }
  validateExamples(openapi, []);
  for (const [name, message] of Object.entries(asyncapi.components.messages)) {
    for (const { payload } of message.examples ?? []) {
      report(`asyncapi: the example of ${name}`, errorsOf("asyncapi", ["components", "messages", name, "payload"], payload));
    }
  }
}

function validateExamples(value, path) {
  if (value === null || typeof value !== "object") {
    return;
  }
  if ("schema" in value && "example" in value) {
    report(`openapi: the example at ${path.join("/")}`, errorsOf("openapi", [...path, "schema"], value.example));
  }
  for (const [name, member] of Object.entries(value)) {
    validateExamples(member, [...path, name]);
  }
}

function report(what, errors) {
  if (errors !== null) {
    problems.push(`${what}: ${errors}`);
  }
}

function checkCall({ method, path, status, headers, body, requestBody }) {
  const what = `${method} ${path} ${status}`;
  const [operationAt, operation] = follow(openapi, ["paths", path, method.toLowerCase()]);
  const [responseAt, response] = operation ? follow(openapi, [...operationAt, "responses", `${status}`]) : [];
  if (!response) {
    problems.push(`${what} is not in the document; it said ${body}`);
    return;
  }
  seen.add(what);
  for (const name of Object.keys(response.headers ?? {})) {
    const [headerAt, header] = follow(openapi, [...responseAt, "headers", name]);
    const value = headers[name.toLowerCase()];
    if (value !== undefined) {
      report(`${what}: the header ${name}`, errorsOf("openapi", [...headerAt, "schema"], value));
    } else if (header.required) {
      problems.push(`${what} has no header ${name}`);
    }
  }
  if (!response.content) {
    report(what, body === "" ? null : `there is to be no body, but there was ${body}`);
    return;
  }
  const type = (headers["content-type"] ?? "").split(";")[0];
  if (!response.content[type]) {
    problems.push(`${what} is of the type ${type}`);
    return;
  }
  const value = type === "application/json" ? JSON.parse(body) : body;
  report(`${what} said ${body}`, errorsOf("openapi", [...responseAt, "content", type, "schema"], value));
  if (status < 300 && requestBody) {
    const schemaAt = [...operationAt, "requestBody", "content", "application/json", "schema"];
    report(`${what} was asked ${requestBody}`, operation.requestBody ? errorsOf("openapi", schemaAt, JSON.parse(requestBody)) : "it takes no body");
  }
}

// The messages that the hub is sent (receive) or sends (send) in a channel: [name, where its payload is].
function messagesOf(channel, action) {
  const references = Object.values(asyncapi.operations).flatMap(operation => [
    ...(operation.action === action ? operation.messages : []),
    // A reply goes the other way.
    ...(operation.action !== action ? operation.reply?.messages ?? [] : []),
  ]);
  const prefix = `#/channels/${channel}/messages/`;
  const names = new Set(references.filter(r => r.$ref.startsWith(prefix)).map(r => r.$ref.slice(prefix.length)));
  return [...names].map(name => [name, [...follow(asyncapi, ["channels", channel, "messages", name])[0], "payload"]]);
}

function checkFrame({ channel, action, text }) {
  const value = JSON.parse(text);
  const failed = [];
  const matching = messagesOf(channel, action).filter(([name, payloadAt]) => {
    const errors = errorsOf("asyncapi", payloadAt, value);
    if (errors !== null) {
      failed.push(`${name}: ${errors}`);
    }
    return errors === null;
  });
  if (matching.length === 1) {
    seen.add(`${channel} ${action} ${matching[0][0]}`);
  } else {
    // Of those that it is not, the one that it comes nearest to has the least to be said against.
    const nearest = failed.sort((a, b) => a.length - b.length)[0];
    problems.push(`${channel}, ${action}: ${text} is ${matching.length === 0 ? `none of the messages (${nearest})` : matching.map(m => m[0]).join(" and ")}`);
  }
}

function* promised() {
  for (const [path, calls] of Object.entries(openapi.paths)) {
    for (const [method, { responses }] of Object.entries(calls).filter(([, call]) => call.responses)) {
      yield* Object.keys(responses).map(status => `${method.toUpperCase()} ${path} ${status}`);
    }
  }
  for (const [channel, { messages }] of Object.entries(asyncapi.channels)) {
    const [received, sent] = ["receive", "send"].map(action => messagesOf(channel, action).map(([name]) => name));
    yield* received.map(name => `${channel} receive ${name}`);
    yield* sent.map(name => `${channel} send ${name}`);
    // In no operation, and so in neither direction.
    yield* Object.keys(messages).filter(name => !received.includes(name) && !sent.includes(name)).map(name => `${channel} never ${name}`);
  }
}

if (command === "validate") {
  await validate();
} else {
  const { calls, frames } = JSON.parse(readFileSync(0, "utf8"));
  calls.forEach(checkCall);
  frames.forEach(checkFrame);
}
console.log(JSON.stringify({ problems, unseen: [...promised()].filter(what => !seen.has(what)) }));
