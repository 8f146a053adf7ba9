// Signing in at the operator's issuer: OpenID Connect, authorization code with PKCE, by full-page redirect. Tokens live
// in this module's memory and nowhere else; a reload asks the issuer again, whose own session answers at once. What has
// to survive the redirect lies in sessionStorage under the request's state, and is removed when it is read.

import * as oauth from './oauth4webapi.js';
import { session } from './storage.js';

const SIGNED_IN = 'signed-in';
const PENDING = 'sign-in.';
/** An access token is replaced when it has less than this left. */
const MARGIN_MS = 30_000;

/** The person has to sign in (again). */
export class SignInNeeded extends Error {}

/** The issuer's answer was an error or not ours; `view` is where the person was. */
export class SignInFailed extends Error {
  /** @param {string} reason @param {object} [view] */
  constructor(reason, view) {
    super(reason);
    this.view = view;
  }
}

/** Whether this tab was signed in before; then it signs in by itself. */
export const wasSignedIn = () => session.get(SIGNED_IN) !== null;

/**
 * @param {{issuer: string, client_id: string, scope?: string, resource?: string | null}} config
 */
export function createSignIn(config) {
  const issuer = new URL(config.issuer);
  const client = { client_id: config.client_id };
  // Plain http is for a run on one machine; a page over https cannot call it in any case.
  const options = { [oauth.allowInsecureRequests]: issuer.protocol === 'http:' };
  const resource = config.resource ? { resource: config.resource } : {};
  const redirectUri = location.origin + location.pathname;
  let server, tokens, refreshing;

  const discover = async () => {
    server ??= await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options));
    return server;
  };

  /** Keeps what the issuer answered, in memory. */
  const keep = (answer) => {
    const { access_token: access, refresh_token: refresh = tokens?.refresh, expires_in: seconds } = answer;
    const claims = oauth.getValidatedIdTokenClaims(answer) ?? tokens?.claims;
    tokens = { access, refresh, claims, ends: seconds ? Date.now() + seconds * 1000 : Infinity };
  };

  const refresh = async () => {
    try {
      const as = await discover();
      const request = { ...options, additionalParameters: resource };
      const response = await oauth.refreshTokenGrantRequest(as, client, oauth.None(), tokens.refresh, request);
      if (response.status === 400 || response.status === 401) {
        throw new SignInNeeded();
      }
      keep(await oauth.processRefreshTokenResponse(as, client, response));
    } catch (error) {
      // Only the issuer's own refusal ends the sign-in; of anything else the next try may know better.
      throw error instanceof SignInNeeded ? error : new TypeError('the issuer did not answer');
    }
  };

  return {
    /** Leaves the page for the issuer. @param {object} view what to come back to @param {boolean} replace */
    async begin(view, replace) {
      const as = await discover();
      const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
      const verifier = oauth.generateRandomCodeVerifier();
      const url = new URL(as.authorization_endpoint);
      const parameters = {
        client_id: config.client_id,
        redirect_uri: redirectUri,
        response_type: 'code',
        scope: config.scope ?? 'openid',
        state,
        nonce,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...resource,
      };
      Object.entries(parameters).forEach(([name, value]) => url.searchParams.set(name, value));
      if (url.protocol !== 'https:' && url.protocol !== issuer.protocol) {
        throw new SignInFailed('endpoint', view);
      }
      takePending();
      session.set(PENDING + state, JSON.stringify({ nonce, verifier, view }));
      location[replace ? 'replace' : 'assign'](url.href);
    },

    /** Ends what `begin` began. @param {URLSearchParams} parameters @returns {Promise<object>} the view */
    async complete(parameters) {
      const pending = takePending(parameters.get('state'));
      session.remove(SIGNED_IN);
      if (!pending) {
        throw new SignInFailed('not_ours');
      }
      try {
        const as = await discover();
        const checked = oauth.validateAuthResponse(as, client, parameters, parameters.get('state'));
        const request = { ...options, additionalParameters: resource };
        const { nonce, verifier } = pending;
        const response = await oauth.authorizationCodeGrantRequest(as, client, oauth.None(), checked, redirectUri, verifier, request);
        const hasIdToken = (config.scope ?? 'openid').split(' ').includes('openid');
        const expected = hasIdToken ? { expectedNonce: nonce, requireIdToken: true } : {};
        keep(await oauth.processAuthorizationCodeResponse(as, client, response, expected));
      } catch (error) {
        // A plain TypeError is fetch's; those of oauth4webapi carry a code.
        const isUnreachable = error instanceof TypeError && !error.code;
        throw new SignInFailed(isUnreachable ? 'unreachable' : 'refused', pending.view);
      }
      session.set(SIGNED_IN, 'yes');
      return pending.view;
    },

    /** An access token for the API, replaced by a new one where it ends and that is possible. */
    async token({ fresh = false } = {}) {
      if (tokens && !fresh && tokens.ends - MARGIN_MS > Date.now()) {
        return tokens.access;
      }
      if (!tokens?.refresh) {
        if (tokens && !fresh && tokens.ends > Date.now()) {
          return tokens.access;
        }
        throw new SignInNeeded();
      }
      refreshing ??= refresh().finally(() => (refreshing = undefined));
      await refreshing;
      return tokens.access;
    },

    /** Who signed in, as the issuer names them. @returns {string} */
    name() {
      const { preferred_username: preferred, name, email, sub } = tokens?.claims ?? {};
      return String(preferred ?? name ?? email ?? sub ?? '');
    },

    /** Forgets everything, and ends the issuer's session where it says how. */
    async signOut() {
      tokens = undefined;
      session.remove(SIGNED_IN);
      const as = await discover().catch(() => null);
      if (!as?.end_session_endpoint) {
        location.replace(redirectUri);
        return;
      }
      const url = new URL(as.end_session_endpoint);
      // By client id, not by the ID token: a token does not belong into an address.
      url.searchParams.set('client_id', config.client_id);
      url.searchParams.set('post_logout_redirect_uri', redirectUri);
      location.assign(url.href);
    },
  };
}

/** Removes every sign-in that is under way, and returns the one with this state. @param {string} [state] */
function takePending(state) {
  let pending = null;
  for (const name of session.names(PENDING)) {
    if (name === PENDING + state) {
      pending = JSON.parse(session.get(name));
    }
    session.remove(name);
  }
  return pending;
}
