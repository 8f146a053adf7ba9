// The watch itself: it would be of no use if it found nothing.

import { test, expect } from './fixtures.js';

const PLACES = {
  'the document': (token) => document.body.setAttribute('data-token', token),
  'a field': (token) => (document.body.appendChild(document.createElement('input')).value = token),
  localStorage: (token) => localStorage.setItem('token', token),
  sessionStorage: (token) => sessionStorage.setItem('token', token),
  'a cookie': (token) => (document.cookie = `token=${token.slice(0, 12)}`),
  'the address': (token) => history.replaceState(null, '', `#${token}`),
  'the history': (token) => history.replaceState({ token }, '', location.pathname),
};

test('a token is found wherever it is left', async ({ signedIn, page, watch }) => {
  await watch.search(page);
  const [token] = [...watch.secrets].find(([, what]) => what === 'the access_token');
  for (const [place, leave] of Object.entries(PLACES)) {
    await page.evaluate(leave, token);
    await watch.search(page);
    expect(watch.found, place).not.toEqual([]);
    watch.found.length = 0;
    await page.evaluate(() => (sessionStorage.removeItem('token'), localStorage.clear(), (document.cookie = 'token=; Max-Age=0')));
    await page.goto('about:blank');
    await signedIn.open();
    await signedIn.isListed();
    await watch.search(page);
    // What was in the history of the page before is still there; everything else is gone.
    watch.found = watch.found.filter((it) => !/ is in history /.test(it));
    expect(watch.found, place).toEqual([]);
  }
  await page.close();
});

test('errors, complaints, violations and strangers are found', async ({ signedIn, page, watch }) => {
  const provocations = {
    thrown: () => setTimeout(() => { throw new Error('provoked'); }),
    'console error': () => console.error('provoked'),
    'policy violated': () => fetch('https://evil.example/').catch(() => {}),
    'asked another origin': () => document.body.appendChild(document.createElement('img')).setAttribute('src', 'https://evil.example/x.png'),
  };
  for (const [words, provoke] of Object.entries(provocations)) {
    await page.evaluate(provoke);
    await expect.poll(() => watch.found.join()).toContain(words);
    watch.found.length = 0;
  }
  await page.waitForTimeout(200);
  watch.found.length = 0;
  await signedIn.isListed();
});
