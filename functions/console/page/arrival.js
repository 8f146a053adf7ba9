// What stands in the page's address: the owner that is looked at, and the result of an authorization that the browser
// comes back from. The result is a hint that anybody can put into a link: it is never shown as it stands, only looked
// up in our own words, and a success is said from the API's list alone. What was read is taken out of the address
// before anything else is done, so that neither a reload nor a copied link repeats it.

/** @typedef {{owner: string, result?: string, provider?: string, completionSecret?: string}} Arrival */

/** The caller's own bindings; left out of the address. */
export const OWN = 'users/me';

const CODE = /^[a-z_]{1,40}$/;
const OWNER = /^(users\/me|instances\/[^/?#]{1,128}\/[^/?#]{1,256})$/;

/** Reads the address and cleans it. @returns {Arrival} */
export function takeArrival() {
  const url = new URL(location.href);
  const { searchParams: query } = url;
  const owner = query.get('owner') ?? OWN;
  /** @type {Arrival} */
  const arrival = { owner: OWNER.test(owner) ? owner : 'unknown' };
  if (query.has('result')) {
    const result = query.get('result');
    arrival.result = CODE.test(result) ? result : 'unknown';
    arrival.provider = (query.get('provider') ?? '').slice(0, 64);
  }
  const secret = new URLSearchParams(url.hash.slice(1)).get('completion_secret');
  if (secret) {
    arrival.completionSecret = secret;
  }
  for (const name of ['result', 'provider']) {
    query.delete(name);
  }
  if (secret || arrival.result) {
    url.hash = '';
    replaceAddress(url);
  }
  return arrival;
}

/** Takes the issuer's answer out of the address. @returns {URLSearchParams | null} */
export function takeSignInAnswer() {
  const url = new URL(location.href);
  const { searchParams: query } = url;
  if (!query.has('state') || !(query.has('code') || query.has('error'))) {
    return null;
  }
  const answer = new URLSearchParams(query);
  for (const name of ['code', 'state', 'iss', 'error', 'error_description', 'error_uri', 'session_state']) {
    query.delete(name);
  }
  replaceAddress(url);
  return answer;
}

/** The address of the view of an owner. @param {string | URL} page @param {string} owner */
export function addressOf(page, owner) {
  const url = new URL(page, location.href);
  url.hash = '';
  if (owner === OWN) {
    url.searchParams.delete('owner');
  } else {
    url.searchParams.set('owner', owner);
  }
  return url.href;
}

/** Shows the address of the view of an owner, without a further entry in the history. @param {string} owner */
export function showOwner(owner) {
  replaceAddress(new URL(addressOf(location.href, owner)));
}

function replaceAddress(url) {
  history.replaceState(history.state, '', url.href.replace(/[?#]+$/, ''));
}
