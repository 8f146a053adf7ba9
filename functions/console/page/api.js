// The calls of codebind's API, and one kind of failure for everything that can go wrong with them. Which word the
// person sees for a failure is decided in messages.js; the API's own words are already in the person's language.

/** Longer than the gateway waits for a function, so that its own answer comes first. */
const PATIENCE_MS = 35_000;

/** Why a call did not succeed. */
export class Failure extends Error {
  /**
   * @param {'problem' | 'gateway' | 'unreachable' | 'broken' | 'signed_out'} kind
   * @param {{status?: number, title?: string, detail?: string, code?: string, field?: string, requestId?: string,
   *   helpUrl?: string, retryAfter?: number, isChange?: boolean}} [facts]
   */
  constructor(kind, facts = {}) {
    super(facts.code ?? kind);
    this.kind = kind;
    Object.assign(this, facts);
  }

  /** Whether it can be that the call did its work all the same. */
  get isUncertain() {
    return this.kind === 'unreachable' || this.kind === 'broken' || (this.kind === 'gateway' && this.status >= 500);
  }
}

/**
 * @param {{base: string, token: (wish?: {fresh?: boolean}) => Promise<string>, language: () => string}} options
 */
export function createApi({ base, token, language }) {
  const call = async (method, path, { body, withCookie = false } = {}) => {
    const send = async (wish) => request(method, path, body, withCookie, await bearer(token, wish));
    const response = await send();
    // Nothing was done where the authorizer refused; a token that ended early is replaced once, where that is possible.
    return answer(method, response.status === 401 ? await send({ fresh: true }) : response);
  };
  const read = async (...request) => (await call(...request)).json;

  const request = async (method, path, body, withCookie, bearer) => {
    const headers = { authorization: `Bearer ${bearer}`, 'accept-language': language() };
    if (body) {
      headers['content-type'] = 'application/json';
    }
    const options = { method, headers, body: body && JSON.stringify(body), cache: 'no-store', redirect: 'error' };
    try {
      return await fetch(`${base.replace(/\/$/, '')}/v1/${path}`, {
        ...options,
        credentials: withCookie ? 'include' : 'omit',
        referrerPolicy: 'no-referrer',
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
    } catch {
      throw new Failure('unreachable', { isChange: method !== 'GET' });
    }
  };

  const at = (owner, provider) => `${owner}/bindings/${encodeURIComponent(provider)}`;
  return {
    catalogue: async () => (await read('GET', 'providers')).providers,
    owners: () => read('GET', 'owners'),
    entries: (owner) => read('GET', `${owner}/bindings`),
    async bind(owner, provider, body) {
      const { status, json } = await call('PUT', at(owner, provider), { body });
      return { isNew: status === 201, bound: json };
    },
    unbind: (owner, provider, revoke) => read('DELETE', at(owner, provider) + (revoke ? '?revoke=true' : '')),
    /** The answer's cookie is what proves this browser to the callback, so it must be kept. */
    start: (owner, provider, body) => read('POST', `${at(owner, provider)}/authorization`, { body, withCookie: true }),
    startWithoutOwner: (provider, body) =>
      read('POST', `authorizations/${encodeURIComponent(provider)}`, { body, withCookie: true }),
    redeem: (completionSecret) => read('POST', 'grants', { body: { completion_secret: completionSecret } }),
  };
}

async function bearer(token, wish) {
  try {
    return await token(wish);
  } catch (error) {
    // A TypeError is what fetch throws when the issuer cannot be reached: that is no reason to sign in again.
    throw new Failure(error instanceof TypeError ? 'unreachable' : 'signed_out', { status: 401 });
  }
}

/** @param {string} method @param {Response} response */
async function answer(method, response) {
  const json = await response.json().catch(() => null);
  if (response.ok && json && typeof json === 'object') {
    return { status: response.status, json };
  }
  throw Object.assign(failureOf(response, json), { isChange: method !== 'GET' });
}

function failureOf(response, json) {
  const { status } = response;
  const requestId = json?.request_id ?? response.headers.get('apigw-requestid') ?? undefined;
  if (status === 401) {
    return new Failure('signed_out', { status, requestId });
  }
  if (typeof json?.code === 'string') {
    const { title, detail, code, field, help_url: helpUrl, retry_after: retryAfter } = json;
    return new Failure('problem', { status, title, detail, code, field, requestId, helpUrl, retryAfter });
  }
  const retryAfter = Number(response.headers.get('retry-after')) || undefined;
  return new Failure(response.ok ? 'broken' : 'gateway', { status, requestId, retryAfter });
}
