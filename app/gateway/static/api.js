// The gateway's REST API: what is asked, what is sent, and errors in words.

const PATIENCE_MS = 15_000;
const AGAIN_MS = 3_000;
const TOKEN = "gateway-token";

/** An answer that says what went wrong; `status` is 0 when none came. */
export class Problem extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/** Have something asked again in a while, if another try may end otherwise. */
export function retry({ status }, again) {
  if (status === 0 || status === 429 || status >= 500) setTimeout(again, AGAIN_MS);
}

/** Return the JSON of a GET. */
export const ask = (path, query = {}) => {
  const pairs = Object.entries(query).flatMap(([name, value]) => [value].flat().map((each) => [name, each]));
  const search = new URLSearchParams(pairs.filter(([, value]) => value !== undefined && value !== null));
  return request(search.size ? `${path}?${search}` : path, {});
};

/** Return the JSON of a POST; `askToken` is called when the gateway wants its token, and gives it or null. */
export async function send(path, body, askToken) {
  const options = { method: "POST", body: JSON.stringify(body) };
  const headers = { "Content-Type": "application/json" };
  for (let wrong = false; ; wrong = true) {
    const token = sessionStorage.getItem(TOKEN);
    const authorized = token ? { ...headers, Authorization: `Bearer ${token}` } : headers;
    try {
      return await request(path, { ...options, headers: authorized });
    } catch (problem) {
      if (problem.status !== 401) throw problem;
      sessionStorage.removeItem(TOKEN);
      const given = await askToken(wrong && token !== null);
      if (!given) throw problem;
      sessionStorage.setItem(TOKEN, given);
    }
  }
}

async function request(path, options) {
  let answer;
  try {
    answer = await fetch(path, { ...options, signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch (error) {
    throw new Problem(0, error.message);
  }
  const told = await answer.json().catch(() => null);
  if (answer.ok && told !== null) return told;
  // /ready says with 503 what is away: that is an answer, too
  if (told?.checks ?? told?.parts) return told;
  throw new Problem(answer.status, told?.detail ?? answer.statusText);
}
