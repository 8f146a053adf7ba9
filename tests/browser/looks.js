// How a state looks: kept as a screenshot, read by axe in both colour schemes, and not wider than a narrow screen.

import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { scene } from './scene.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const NARROW = 360;
const directory = join(scene.output, 'screenshots');

/**
 * @param {import('@playwright/test').Page} page
 * @param {string} name of the screenshot
 */
export async function look(page, name, { schemes = ['dark', 'light'] } = {}) {
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    // Of what axe looks at, the scheme changes the colours alone.
    const options = colorScheme === schemes.at(-1) ? {} : { runOnly: ['color-contrast'] };
    await readByAxe(page, `${name}, ${colorScheme}`, options);
    await screenshot(page, `${name}-${colorScheme}`);
  }
  await isNarrow(page, name);
}

export async function screenshot(page, name) {
  mkdirSync(directory, { recursive: true });
  await page.screenshot({ path: join(directory, `${name}.png`), animations: 'disabled' });
}

/** Nothing that axe calls serious or critical. */
export async function readByAxe(page, name, options = {}) {
  await page.evaluate(`${AXE}; void 0`);
  const { violations } = await page.evaluate((more) => window.axe.run(document, { resultTypes: ['violations'], ...more }), options);
  const grave = violations.filter((it) => ['serious', 'critical'].includes(it.impact));
  const said = grave.flatMap((it) => it.nodes.map((node) => `${it.id}: ${node.target.join(' ')}: ${node.failureSummary}`));
  expect(said, `axe on ${name}`).toEqual([]);
}

/** On a narrow screen nothing is cut off, and nothing has to be scrolled sideways. */
export async function isNarrow(page, name) {
  const usual = page.viewportSize();
  await page.setViewportSize({ width: NARROW, height: 740 });
  const wide = await page.evaluate(() => {
    const room = document.documentElement.clientWidth;
    const isCut = (it) => it.getBoundingClientRect().right > room + 1 && it.checkVisibility() && !it.closest('[aria-hidden=true]');
    return [document.documentElement.scrollWidth > room && 'the page', ...[...document.querySelectorAll('body *')].filter(isCut).map((it) => `${it.tagName} ${it.className}`)].filter(Boolean);
  });
  expect(wide, `wider than ${NARROW} px: ${name}`).toEqual([]);
  await screenshot(page, `${name}-narrow`);
  await page.setViewportSize(usual);
}
