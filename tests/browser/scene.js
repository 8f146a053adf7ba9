// The worlds that main.rs started, and what their catalogue offers.

if (!process.env.CODEBIND_BROWSER_SCENE) {
  throw new Error('run the specs by `cargo browser`, which starts the worlds that they need');
}

/** @type {{usual: World, short: World, shortSeconds: number, elsewhere: string, chromium: string, description: string, output: string, page: string, specs: string,
 *   hosted: {directory: string, policy: string}}} */
export const scene = JSON.parse(process.env.CODEBIND_BROWSER_SCENE);
/** @typedef {{url: string, simulators: Record<string, string>}} World */

/** A caller's token, for calls that the test itself makes. */
export async function callerToken(name, instances = [], world = scene.usual) {
  const body = JSON.stringify({ sub: name, instances });
  const answer = await fetch(`${world.url}/dev/token`, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
  return (await answer.json()).token;
}

/** A call of the API past the page: to look behind it, or to have something there beforehand. */
export async function call(name, method, path, body, { instances = [], world = scene.usual, headers = {} } = {}) {
  const token = await callerToken(name, instances, world);
  const answer = await fetch(`${world.url}/v1/${path}`, {
    method,
    body: body && JSON.stringify(body),
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }), ...headers },
  });
  return { status: answer.status, body: await answer.json() };
}

/** The entries of an owner, as the API tells them. */
export async function entries(name, owner = 'users/me', instances = []) {
  const { body } = await call(name, 'GET', `${owner}/bindings`, undefined, { instances });
  return Object.fromEntries(body.bindings.map((entry) => [entry.provider, entry]));
}

/** The catalogue: specs go over it, so that a provider that is added is shown without another line here. */
export const catalogue = (await call('catalogue', 'GET', 'providers')).body.providers;
export const byOAuth = catalogue.filter((it) => it.method === 'oauth' && it.completion !== 'console');
export const byConsole = catalogue.filter((it) => it.completion === 'console');
export const byToken = catalogue.filter((it) => it.method === 'personal_access_token');

/** What the simulators take for a good token of this account; any number makes another token of the same account. */
const TOKENS = {
  gitlab: { good: (login, number) => `glpat-api+${number}-${login}`, lacking: (login) => `glpat-read_api+read_repository-${login}` },
  codeup: { good: (login, number) => `pt-full+${number}-${login}`, lacking: (login) => `pt-no_webhooks-${login}` },
};
const ORGANIZATION = '60fa4e0000000000000000aa';

/** What a person enters for a provider, by the catalogue's fields. */
export function entered(provider, login, number = 1) {
  const known = { username: login, token: TOKENS[provider.id].good(login, number), organization_id: ORGANIZATION };
  const values = provider.fields.filter((it) => it.required).map((it) => [it.name, known[it.name]]);
  return Object.fromEntries(values);
}

/** A token that is good but for a scope. */
export const lackingToken = (provider, login) => TOKENS[provider.id].lacking(login);
