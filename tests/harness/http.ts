/** The answer of a service, with its body read. */
// oxlint-disable-next-line typescript/no-explicit-any -- what came back is what the test is about to look at
export type Answer = { status: number; headers: Headers; body: any; text: string };

type Options = { method?: string; token?: string; headers?: Record<string, string>; body?: unknown };

/** One request. `body` is sent as JSON; a text is sent as it is. */
export async function call(url: string, { method, token, headers = {}, body }: Options = {}): Promise<Answer> {
  const response = await fetch(url, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return { status: response.status, headers: response.headers, text, body: isJson && text !== '' ? JSON.parse(text) : undefined };
}

/** Tries until `check` passes: for what arrives by an event. */
export async function eventually<T>(check: () => Promise<T>, withinMs = 10_000): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
