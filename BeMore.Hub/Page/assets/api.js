// The HTTP calls (docs/http.md).

let token = null;

/** For SignalR, which needs it where the hub uses tokens. In memory alone: a reload asks for the login again. */
export const accessToken = () => token;

export class ApiError extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Every path is beside the page's own, wherever that is. */
export const urlOf = (path) => new URL(path, document.baseURI);

export async function login(email, password) {
  token = (await call("POST", "api/auth/login", { email, password })).accessToken;
}

// The body is what the frontend sends, the same for everybody: a backend behind the hub may ask for it.
export const startSession = () => call("POST", "api/session/start", { userId: "frontend_user_001", counselorId: "ai_counselor_001" });

export const sessionOf = (id) => call("GET", `api/session/${id}`);
export const pauseSession = (id) => call("POST", `api/session/${id}/pause`);
export const resumeSession = (id) => call("POST", `api/session/${id}/resume`);
export const endSession = (id) => call("POST", `api/session/${id}/end`);
export const eraseSession = (id) => call("DELETE", `api/session/${id}`);
export const recordOf = (id, offset, limit) => call("GET", `api/session/${id}/conversations?offset=${offset}&limit=${limit}`);

/** What the hub says of itself, also where it is not well; null where it cannot be asked. */
export async function health() {
  try {
    const answer = await fetch(urlOf("health"), { signal: AbortSignal.timeout(10_000) });
    return { isWell: answer.ok, ...(await answer.json()) };
  } catch {
    return null;
  }
}

async function call(method, path, body) {
  let answer;
  try {
    answer = await fetch(urlOf(path), {
      method,
      headers: { ...(body && { "Content-Type": "application/json" }), ...(token && { Authorization: `Bearer ${token}` }) },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    });
  } catch {
    throw new ApiError(0, "UNREACHABLE", "서버에 닿지 못했어요. 잠시 뒤에 다시 해 주세요.");
  }

  const envelope = await answer.json().catch(() => null);
  if (!answer.ok || !envelope?.success) {
    throw new ApiError(answer.status, envelope?.error?.code ?? "", envelope?.error?.message ?? "서버가 이 부탁을 들어주지 못했어요.");
  }

  return envelope.data;
}
