// The test of every spec: a browser context of its own, a person whom nobody else is, and the watch over all of it.

import { randomBytes } from 'node:crypto';
import { test as base, expect } from '@playwright/test';
import { Sources } from './sources.js';
import { Watch } from './watch.js';

export { expect };

export const test = base.extend({
  watch: async ({}, use) => use(new Watch()),

  /** Opens a further browser context: another person, or another browser. */
  newContext: async ({ browser, watch }, use) => {
    const opened = [];
    await use(async (options = {}) => {
      const context = await browser.newContext(options);
      await watch.attach(context);
      opened.push(context);
      return context;
    });
    for (const page of opened.flatMap((it) => it.pages())) {
      await watch.search(page);
    }
    await Promise.all(opened.map((it) => it.unrouteAll({ behavior: 'ignoreErrors' })));
    await Promise.all(opened.flatMap((it) => it.pages()).map((it) => it.unrouteAll({ behavior: 'ignoreErrors' })));
    await Promise.all(opened.map((it) => it.close()));
    expect(watch.found, 'what no page may do').toEqual([]);
  },

  context: async ({ newContext }, use) => use(await newContext()),

  /** A name that is nobody else's. */
  person: async ({}, use) => use(`p-${randomBytes(5).toString('hex')}`),

  /** The page, before anybody has signed in. */
  sources: async ({ page, person, watch }, use) => use(new Sources(page, person, watch)),

  /** The page, with the person signed in. */
  signedIn: async ({ sources }, use) => {
    await sources.open();
    await sources.signIn();
    await use(sources);
  },
});
