// Playwright does not see where a redirect leads before the browser goes there. So the request that is redirected is made
// by the test, and the browser stays where it is.

/**
 * Holds the next redirect of requests to `pattern`, and gives its location to `decide`: what that returns is where the
 * browser goes in its place, or nothing for nowhere. Returns the location to come.
 * @param {import('@playwright/test').Page} page @param {RegExp} pattern
 */
export function onRedirect(page, pattern, decide = () => null) {
  return new Promise((resolve) => {
    page.route(pattern, async (route) => {
      const response = await route.fetch({ maxRedirects: 0 });
      const { location } = response.headers();
      if (!location) {
        return route.fulfill({ response });
      }
      const elsewhere = decide(location);
      const headers = { ...response.headers(), location: elsewhere };
      await (elsewhere
        ? route.fulfill({ response, headers })
        : route.fulfill({ status: 200, contentType: 'text/html', body: '<!doctype html><title>held</title><link rel="icon" href="data:,">' }));
      await page.unroute(pattern);
      return resolve(location);
    });
  });
}
