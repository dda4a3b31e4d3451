import type { IncomingMessage, Server } from 'node:http';
import { AppError } from './app-error.ts';
import { refuseOnSocket } from './malformed-request.ts';

/** The options of Node's server that leave the checks below to the service. */
export const SERVER_OPTIONS = { requireHostHeader: false };

/** Makes the server answer in the usual shape where Node answers by itself, without a body, or hangs up. */
export function answerEveryRequest(server: Server): void {
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  server.on('connect', (_, socket) => refuseOnSocket('invalid_request', socket));
}

/** Why a request is refused for its headers, whatever its path; undefined when it is not. */
export function findProtocolFault(request: IncomingMessage): AppError | undefined {
  const { headers, httpVersion } = request;
  const hosts = request.rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host');
  if (hosts.length > 1 || (hosts.length === 0 && httpVersion === '1.1'))
    return new AppError('invalid_request', { details: [{ path: 'Host', message: 'must be sent once' }] });
  if (headers.expect !== undefined && headers.expect.toLowerCase() !== '100-continue')
    return new AppError('expectation_failed');
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (encoding !== '' && encoding !== 'identity')
    return new AppError('unsupported_media_type', { message: 'Send the body without a content encoding.' });
  const [, charset = 'utf-8'] = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(headers['content-type'] ?? '') ?? [];
  if (!/^utf-?8$/i.test(charset))
    return new AppError('unsupported_media_type', { message: 'Send the body in UTF-8.' });
  return undefined;
}
