import { StreamableFile } from '@nestjs/common';
import { Readable } from 'node:stream';
import { waitForOwnTurn } from '../../resilience/time/own-turn.ts';
import { jsonPieces } from '../../text/json-pieces.ts';

/** A response whose pieces are written in turns of the event loop of their own. */
export function streamPieces(pieces: Iterable<string>, type: string): StreamableFile {
  return new StreamableFile(Readable.from(inTurns(pieces)), { type });
}

async function* inTurns(pieces: Iterable<string>): AsyncGenerator<string> {
  for (const piece of pieces) {
    yield piece;
    await waitForOwnTurn();
  }
}

/** An object with a field that may be long, as the JSON of a response. */
export function streamWithText(fields: object, name: string, text: string): StreamableFile {
  return streamPieces(writeWithText(fields, name, text), 'application/json; charset=utf-8');
}

function* writeWithText(fields: object, name: string, text: string): Generator<string> {
  const others = JSON.stringify(fields).slice(0, -1);
  yield `${others}${others === '{' ? '' : ','}${JSON.stringify(name)}:"`;
  yield* jsonPieces(text);
  yield '"}';
}
