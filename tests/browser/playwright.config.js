// How the specs are run. Nothing is fetched: the browser is the one that main.rs found.

import { join } from 'node:path';
import { scene } from './scene.js';

export default {
  testDir: '.',
  testMatch: '*.spec.js',
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  workers: 2,
  timeout: 60_000,
  globalTimeout: 11 * 60_000,
  expect: { timeout: 10_000 },
  reporter: [['list', { printSteps: false }], ['./summary.js']],
  outputDir: join(scene.output, 'results'),
  preserveOutput: 'failures-only',
  globalTeardown: './keep-screenshots.js',
  webServer: { command: 'node elsewhere.js', url: `${scene.elsewhere}/alive`, timeout: 10_000, gracefulShutdown: { signal: 'SIGTERM', timeout: 2_000 } },
  use: {
    browserName: 'chromium',
    // No name but that of this machine has an address.
    launchOptions: { executablePath: scene.chromium, args: ['--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1'] },
    baseURL: scene.usual.url,
    locale: 'en-US',
    timezoneId: 'UTC',
    viewport: { width: 1000, height: 800 },
    deviceScaleFactor: 1,
    actionTimeout: 10_000,
    navigationTimeout: 10_000,
    // A trace doubles the time that everything takes.
    trace: process.env.CODEBIND_BROWSER_TRACE ? 'retain-on-failure' : 'off',
    screenshot: 'only-on-failure',
  },
};
