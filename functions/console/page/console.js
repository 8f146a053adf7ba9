// The console itself: what it knows, and what can be done with it. `mount` puts it into an element of any page that can
// name a caller by an access token. Everything is drawn anew from this state after each change; lit-html touches only
// what differs. See README.md for how to embed it.

import { html, nothing, render } from './lit-html.js';
import { createApi, Failure } from './api.js';
import { addressOf, showOwner, takeArrival } from './arrival.js';
import { closeOpen } from './dialog.js';
import { webUrl } from './format.js';
import { redeem, takeLostGrant } from './grant-dialog.js';
import { preferredLanguage, words } from './messages.js';
import { findOwner, isSameOwner } from './owners.js';
import { Screen } from './screen.js';
import { openTokenDialog } from './token-dialog.js';
import { openUnbindDialog } from './unbind-dialog.js';

/** How long a list may take before the page says so. */
const SLOW_MS = 4000;

/**
 * @typedef {object} Options
 * @property {string} api where codebind's API is
 * @property {(wish?: {fresh?: boolean}) => Promise<string>} token the caller's access token; with `fresh` another one
 *   than last time, as the API did not take that
 * @property {'en' | 'zh-CN'} [language] the browser's, if it is left out
 * @property {'callback' | 'console'} [completion] `console`: the person confirms each binding here
 * @property {string} [returnTo] this page, as it stands in CODEBIND_RETURN_TO; its address, if it is left out
 * @property {(arrival: import('./arrival.js').Arrival) => void} [onSignInNeeded] the person wants to sign in again
 * @property {import('./arrival.js').Arrival} [arrival] what was taken out of the address before
 */

/** @param {Element} element @param {Options} options */
export function mount(element, options) {
  const mounted = new Console(element, options);
  const leaving = () => mounted.emptySecrets();
  const returning = (event) => (event.persisted || event.type === 'visibilitychange') && mounted.comeBack();
  const listeners = [[window, 'pagehide', leaving], [window, 'pageshow', returning], [document, 'visibilitychange', returning]];
  listeners.forEach(([target, type, listener]) => target.addEventListener(type, listener));
  mounted.begin();
  return {
    setLanguage: (language) => mounted.setLanguage(language),
    reload: () => mounted.load(),
    unmount() {
      listeners.forEach(([target, type, listener]) => target.removeEventListener(type, listener));
      mounted.end();
    },
  };
}

export class Console extends Screen {
  /** @param {Element} element @param {Options} options */
  constructor(element, options) {
    super(element);
    this.options = options;
    this.t = words(options.language ?? preferredLanguage());
    this.api = createApi({ base: options.api, token: options.token, language: () => this.t.language });
    this.arrival = options.arrival ?? takeArrival();
    this.wanted = this.arrival.owner;
    this.loads = 0;
  }

  begin() {
    const { completionSecret, result } = this.arrival;
    delete this.arrival.completionSecret;
    if (takeLostGrant() && !result) {
      this.notify({ kind: 'warning', title: this.t('interrupted'), text: this.t('interruptedText') });
    }
    // Told once the list is there, be it after a retry.
    this.afterLoad = result && (() => this.tellResult(completionSecret));
    this.load();
  }

  end() {
    this.loads += 1;
    this.hasEnded = true;
    closeOpen(this.element);
    render(nothing, this.element);
  }

  /** Says what the browser came back with: a success from what the API answered alone. */
  async tellResult(completionSecret) {
    const { result, provider: id } = this.arrival;
    const provider = this.providerOf(id);
    if (result === 'complete' && completionSecret) {
      await redeem(this, completionSecret);
    } else if (result === 'bound' || result === 'renewed') {
      this.notifyBound(provider, this.entryOf(id), this.entries.owner);
    } else {
      const { title, text, known } = this.t.result(result, provider?.display_name);
      const more = known || result === 'unknown' ? undefined : html`<code>${result}</code>`;
      this.notify({ kind: result === 'declined' ? 'warning' : 'error', title, text, more });
    }
  }

  /** @param {boolean} [isRenewed] known only from the answer to the binding itself */
  notifyBound(provider, entry, owner, isRenewed = Boolean(entry) && entry.updated_at !== entry.bound_at) {
    const provided = provider?.display_name ?? '';
    if (!entry?.account) {
      const text = this.t('notBoundAfterAllText', { provider: provided, owner });
      this.notify({ kind: 'warning', title: this.t('notBoundAfterAll'), text });
      return;
    }
    const values = { provider: provided, login: entry.account.login, owner };
    this.notify({ kind: 'success', text: this.t.rich(isRenewed ? 'renewedNow' : 'boundNow', values) });
  }

  // What is shown.

  async load() {
    const load = (this.loads += 1);
    const isCurrent = () => load === this.loads;
    Object.assign(this, { isLoading: true, isSlow: false });
    const slow = setTimeout(() => isCurrent() && this.draw({ isSlow: true }), SLOW_MS);
    this.draw();
    try {
      const [{ owners }, catalogue] = await Promise.all([this.api.owners(), this.api.catalogue()]);
      const owner = findOwner(owners, this.wanted);
      const entries = await this.api.entries(owner.path);
      if (isCurrent()) {
        Object.assign(this, { owners, catalogue, owner, entries, failure: undefined });
        this.settleOwner();
      }
    } catch (failure) {
      if (isCurrent()) {
        this.failure = failure instanceof Failure ? failure : new Failure('broken');
        this.planRetry();
      }
    } finally {
      clearTimeout(slow);
    }
    if (isCurrent()) {
      this.draw({ isLoading: false, isSlow: false });
      this.tellOnce();
    }
  }

  tellOnce() {
    const { afterLoad, failure } = this;
    if (afterLoad && !failure) {
      this.afterLoad = undefined;
      afterLoad();
    }
  }

  /** The address names the owner that is shown; another one that was asked for is spoken of once. */
  settleOwner() {
    if (!isSameOwner(this.wanted, this.owner.path)) {
      this.notify({ kind: 'warning', title: this.t('ownerUnknown'), text: this.t('ownerUnknownText') });
    }
    this.wanted = this.owner.path;
    showOwner(this.owner.path);
  }

  planRetry() {
    const { failure } = this;
    if (failure.retryAfter) {
      failure.isTooEarly = true;
      setTimeout(() => {
        failure.isTooEarly = false;
        this.draw();
      }, failure.retryAfter * 1000);
    }
  }

  chooseOwner(path) {
    Object.assign(this, { wanted: path, owner: findOwner(this.owners, path), entries: undefined, notices: [] });
    showOwner(path);
    return this.load();
  }

  setLanguage(language) {
    this.t = words(language);
    this.notices = [];
    return this.load();
  }

  /** The tab was left and is looked at again: something may have happened elsewhere, and nothing is under way here. */
  comeBack() {
    if (document.visibilityState === 'visible') {
      this.leavingFor = undefined;
      this.load();
    }
  }

  entryOf(id) {
    return this.entries?.bindings.find((it) => it.provider === id) ?? { provider: id, state: 'unbound' };
  }

  providerOf(id) {
    return this.catalogue?.find((it) => it.id === id);
  }

  // What is done.

  askUnbind(provider) {
    this.notices = [];
    openUnbindDialog(this, provider);
  }

  async startBinding(provider) {
    if (this.leavingFor) {
      return;
    }
    this.notices = [];
    if (provider.method !== 'oauth') {
      openTokenDialog(this, provider);
      return;
    }
    this.draw({ leavingFor: provider.id });
    try {
      location.assign(await this.authorizationUrl(provider));
    } catch (failure) {
      this.leavingFor = undefined;
      this.failed(failure);
    }
  }

  async authorizationUrl(provider) {
    const { api, options, owner } = this;
    const page = options.returnTo ?? location.origin + location.pathname;
    const body = { return_to: addressOf(page, owner.path) };
    const isElsewhere = new URL(options.api, location.href).origin !== location.origin;
    const isCompletedHere = provider.completion === 'console' || options.completion === 'console' || isElsewhere;
    const started = isCompletedHere ? api.startWithoutOwner(provider.id, body) : api.start(owner.path, provider.id, body);
    const url = webUrl((await started).authorization_url);
    if (!url) {
      throw new Failure('broken');
    }
    return url;
  }

  /** Binds and says so; the dialog stays where that fails. */
  async bind(dialog, owner, provider, body) {
    try {
      const { isNew, bound } = await this.api.bind(owner.path, provider.id, body);
      this.setWarnings(owner.path, provider.id, bound.warnings);
      this.closeDialog(dialog);
      this.notices = [];
      this.notifyBound(provider, bound, bound.owner, !isNew);
      this.wanted = owner.path;
      await this.load();
    } catch (failure) {
      if (failure.isUncertain) {
        this.load();
      }
      throw failure;
    }
  }
}
