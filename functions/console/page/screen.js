// What the console's state looks like: draws it, opens and closes the one dialog, and says what happened. The console
// (console.js) adds what there is to know and to do.

import { html, nothing, render } from './lit-html.js';
import { closeOpen, openDrawn } from './dialog.js';
import { list } from './list.js';
import { failureNotice, noticeRegions } from './notice.js';
import { ownerSelect } from './owners.js';

/** @typedef {{draw: () => unknown, provider?: object, closed?: () => void}} Dialog */

export class Screen {
  /** @param {Element} element */
  constructor(element) {
    this.element = element;
    /** @type {import('./notice.js').Notice[]} */
    this.notices = [];
    /** @type {Dialog | undefined} */
    this.dialog = undefined;
    /** What is being waited for, in words. */
    this.waiting = null;
    this.warnings = new Map();
  }

  /** @param {object} [change] of the state, before it is drawn */
  draw(change) {
    Object.assign(this, change);
    if (this.hasEnded) {
      return;
    }
    const focused = this.element.contains(document.activeElement);
    const row = document.activeElement?.closest('[data-provider]')?.dataset.provider;
    render(this.template(), this.element);
    openDrawn(this.element);
    if (focused) {
      this.rescueFocus(row);
    }
  }

  /** What had the focus may be gone: it goes to the dialog, else to the provider's row, else to the title. */
  rescueFocus(id = this.rowOfDialog) {
    if (document.activeElement !== document.body) {
      return;
    }
    const row = [...this.element.querySelectorAll('[data-provider]')].find((it) => it.dataset.provider === id);
    const action = row?.querySelector('.provider-actions button') ?? row?.querySelector('h2');
    (this.element.querySelector('dialog[open] h2') ?? action ?? this.element.querySelector('h1')).focus();
  }

  template() {
    const { t } = this;
    const wait = this.waiting ?? (this.isSlow ? t('slow') : this.isLoading && !this.entries ? t('loading') : null);
    return html`<section class="codebind" lang=${t.language} aria-busy=${this.isLoading ? 'true' : 'false'}>
      <div class="head">
        <div><h1 tabindex="-1">${t('title')}</h1><p class="muted">${t('lead')}</p></div>
        ${this.owners
          ? ownerSelect({ t, id: 'cb-owner', owners: this.owners, chosen: this.owner.path, choose: (path) => this.chooseOwner(path) })
          : nothing}
      </div>
      ${noticeRegions(t, this.allNotices(), (notice) => this.dismiss(notice), wait)}
      ${list(this)}
      ${this.dialog?.draw() ?? nothing}
    </section>`;
  }

  /** What happened, and that the list could not be had: that stays until it can. */
  allNotices() {
    const { t, failure, notices } = this;
    if (!failure) {
      return notices;
    }
    const notice = this.withSignIn(failureNotice(t, failure), failure);
    const retry = { text: t('retry'), run: () => this.load(), isOff: failure.isTooEarly || this.isLoading };
    const more = this.entries ? html`${notice.more} ${t('stale')}` : notice.more;
    return [...notices, { ...notice, more, action: notice.action ?? retry, isLasting: true }];
  }

  /** Adds the way back to an ended sign-in. @param {import('./notice.js').Notice} notice */
  withSignIn(notice, failure) {
    const { onSignInNeeded } = this.options;
    if (failure.kind !== 'signed_out' || !onSignInNeeded) {
      return failure.isUncertain && failure.isChange ? { ...notice, more: this.t('uncertain') } : notice;
    }
    const run = () => onSignInNeeded({ owner: this.owner?.path ?? this.wanted });
    return { ...notice, action: { text: this.t('signInAgain'), run } };
  }

  notify(notice) {
    this.draw({ notices: [...this.notices, notice] });
  }

  dismiss(notice) {
    this.draw({ notices: this.notices.filter((it) => it !== notice) });
  }

  /** Says that an action failed. @param {import('./api.js').Failure} failure */
  failed(failure) {
    this.notify(this.withSignIn(failureNotice(this.t, failure), failure));
  }

  /** @param {string | null} text */
  wait(text) {
    this.draw({ waiting: text });
  }

  /** @param {Dialog} dialog */
  openDialog(dialog) {
    this.closeDialog(this.dialog);
    this.draw({ dialog, rowOfDialog: dialog.provider?.id });
  }

  /** Closes a dialog if it is the one that is open; the focus goes back to where it came from, or to the row. */
  closeDialog(dialog) {
    if (!dialog || this.dialog !== dialog || this.hasEnded) {
      return;
    }
    this.dialog = undefined;
    this.emptySecrets();
    closeOpen(this.element);
    dialog.closed?.();
    this.draw();
    this.rescueFocus();
  }

  /** No secret stays in a field of a dialog that is left, nor of a page that the browser keeps for its back button. */
  emptySecrets() {
    this.element.querySelectorAll('input[type=password]').forEach((it) => (it.value = ''));
  }

  warningsOf(id) {
    return this.warnings.get(`${this.owner.path} ${id}`) ?? [];
  }

  setWarnings(owner, id, warnings) {
    this.warnings.set(`${owner} ${id}`, warnings);
  }
}
