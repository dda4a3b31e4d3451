import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { until } from '../../support/until.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const LIMIT_MS = 180_000;

describe('npm run demo -- --console', () => {
  it(
    'prints where the console is, plays drills while questions are asked, and leaves nothing behind',
    async () => {
      await promisify(execFile)(process.execPath, ['scripts/build.js'], { cwd: ROOT });
      const demo = spawn(process.execPath, ['demo/demo.ts', '--console'], { cwd: ROOT });
      const exited = once(demo, 'exit');
      let output = '';
      demo.stdout.on('data', (part) => (output += String(part)));
      demo.stderr.on('data', (part) => (output += String(part)));
      const shows = (pattern: RegExp) =>
        until(`the demo shows ${pattern}`, () => pattern.test(output) || demo.exitCode !== null, LIMIT_MS);

      await shows(/^Console: \S+$/m);
      const [, url = '', key = ''] = /^Console: (\S+)\/#key=(\S+)$/m.exec(output) ?? [];
      await shows(/drill of huggingface_api: hang/);
      await shows(/answered by \w+ after \d+ ms, met drills of huggingface_api/);
      const headers = { authorization: `Bearer ${key}` };
      const drills = await fetch(`${url}/admin/drills`, { headers });
      expect(await drills.json()).toMatchObject({
        running: [{ guard: 'huggingface_api', fault: 'hang', actor: 'demo' }],
      });

      demo.kill('SIGINT');
      expect(await exited).toEqual([0, null]);
      await expect(fetch(`${url}/health/live`)).rejects.toThrow('fetch failed');
    },
    LIMIT_MS,
  );
});
