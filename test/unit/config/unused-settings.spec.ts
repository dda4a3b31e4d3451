import { findUnusedSettings } from '../../../src/config/unused-settings.ts';

const PROXY = { HTTPS_PROXY: 'http://proxy:3128' };
const UNUSED = [expect.stringMatching(/^HTTPS_PROXY: is set and not used/)];

describe('settings of the network without an effect', () => {
  it.each<[string, Record<string, string>, Record<string, string>, string[], unknown[]]>([
    ['nothing is set', {}, {}, [], []],
    ['a proxy is set alone', PROXY, {}, [], UNUSED],
    [
      'a proxy is set in lower case',
      { https_proxy: 'http://proxy:3128' },
      {},
      [],
      [expect.stringMatching(/^https_proxy: /)],
    ],
    ['a proxy is turned off', { ...PROXY, NODE_USE_ENV_PROXY: '0' }, {}, [], UNUSED],
    ['a proxy is used', { ...PROXY, NODE_USE_ENV_PROXY: '1' }, {}, [], []],
    ['Node is started with its option', PROXY, {}, ['--use-env-proxy'], []],
    ['NODE_OPTIONS has the option', { ...PROXY, NODE_OPTIONS: '--no-warnings --use-env-proxy' }, {}, [], []],
    [
      '.env alone names certificates',
      {},
      { NODE_EXTRA_CA_CERTS: '/ca.pem' },
      [],
      [expect.stringMatching(/^NODE_EXTRA_CA_CERTS: stands in \.env, which is read too late/)],
    ],
  ])('are named when %s', (_, started, file, options, lines) => {
    expect(findUnusedSettings(started, { ...started, ...file }, options)).toEqual(lines);
  });
});
