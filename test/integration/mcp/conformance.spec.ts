import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { startService, type Service } from '../../support/service/service.ts';

const program = createRequire(import.meta.url).resolve('@modelcontextprotocol/conformance/package.json');

/**
 * The scenarios for servers with tools of their own and without sessions. The others call tools that a server must have for
 * the test alone, or need what is not offered: resources, prompts, completion, logging, sampling, elicitation, and streams
 * that go on in another connection.
 */
const scenarios = ['server-initialize', 'ping', 'tools-list', 'dns-rebinding-protection'];

/** Runs a scenario of MCP's conformance tests. The program ends with a number above 0 when a check fails. */
function runScenario(url: string, scenario: string): Promise<string> {
  const path = program.replace('package.json', 'dist/index.js');
  return new Promise((resolve, reject) => {
    const parameters = [path, 'server', '--url', url, '--scenario', scenario];
    execFile(process.execPath, parameters, (error, stdout, stderr) => {
      if (error) reject(new Error(stdout + stderr));
      else resolve(stdout);
    });
  });
}

describe('the conformance tests of MCP', () => {
  let service: Service;

  beforeAll(async () => {
    service = await startService();
  });

  afterAll(() => service.close());

  it.each(scenarios)('pass in the scenario %s', async (scenario) => {
    const output = await runScenario(`${service.url}/mcp`, scenario);
    expect(output).toMatch(/Passed: ([1-9]\d*)\/\1, 0 failed, 0 warnings/);
  });
});
