// What the API may answer and what is hard to come by in a minute: shaped like the examples of its description.

import { readFileSync } from 'node:fs';
import { scene } from './scene.js';

const description = JSON.parse(readFileSync(scene.description, 'utf8'));
const example = description.paths['/v1/users/me/bindings'].get.responses['200'].content['application/json'].examples.run.value;
const bound = example.bindings.find((it) => it.state === 'bound');

const from = (days) => new Date(Date.now() + days * 86_400_000).toISOString().replace(/\.\d+Z$/, 'Z');

const problem = (code, next, detail) => ({ code, since: from(-2), detail, evidence: null, next_action: next });

/** The members of an entry that make each state, and what the page says of it. */
export const STATES = {
  bound: { says: 'Bound', members: {} },
  expiring: { says: 'Expiring', members: { state: 'expiring', credential_expires_at: from(5) } },
  rotating: { says: 'Expiring', members: { state: 'expiring', credential_expires_at: from(5), rotates: true } },
  degraded: {
    says: 'Needs attention',
    members: { state: 'degraded', problem: problem('provider_unreachable', 'wait', 'The provider has not answered for two days.') },
  },
  reauthorization_required: {
    says: 'Needs attention',
    members: {
      state: 'reauthorization_required',
      credential_expires_at: from(-1),
      problem: problem('token_expired', 'bind_again', 'The token has expired.'),
    },
  },
};

/** An entry of a provider in one of these states. */
export function entryIn(state, provider) {
  return { ...bound, provider: provider.id, method: provider.method, account: { ...bound.account, login: 'octo-fake' }, ...STATES[state].members };
}

/** Has the API answer these entries in the place of its own. */
export async function answerEntries(page, ...entries) {
  await page.route('**/v1/users/me/bindings', async (route) => {
    const response = await route.fetch();
    const json = await response.json();
    const replaced = json.bindings.map((it) => entries.find((entry) => entry.provider === it.provider) ?? it);
    await route.fulfill({ response, json: { ...json, bindings: replaced } });
  });
}

/** A problem document (RFC 9457). */
export function problemDocument(status, code, members = {}) {
  const body = { type: `urn:codebind:problem:${code}`, title: `Title of ${code}`, status, detail: `Detail of ${code}.`, code, request_id: 'request-1' };
  return { status, contentType: 'application/problem+json', json: { ...body, ...members } };
}
