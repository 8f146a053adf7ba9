// The closing line of a run.

export default class Summary {
  counts = { passed: 0, failed: 0, skipped: 0 };

  onTestEnd(test, { status }) {
    this.counts[status === 'passed' || status === 'skipped' ? status : 'failed'] += 1;
  }

  onEnd() {
    const { passed, failed, skipped } = this.counts;
    console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  }

  printsToStdio() {
    return false;
  }
}
