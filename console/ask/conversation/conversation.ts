import { computed, effect, signal, untracked } from '@preact/signals';
import { announce } from '../../shared/status.ts';
import { answerTurn, stopStream } from './answer-stream.ts';
import { collectDeferred, deferTurn } from './deferred.ts';
import { keepConversation, readConversation } from './storage.ts';
import { toMessages } from './messages.ts';
import { Turn } from './turn.ts';

/** Turns that stay on the page. Raised, a long day with the page takes more memory. */
const MAX_TURNS = 50;
const KEEP_PAUSE_MS = 500;

/** The turns of the conversation, oldest first. */
export const turns = signal<readonly Turn[]>([]);
/** How many turns were let go because there were too many. */
export const droppedTurns = signal(0);
/** The question that is being written. */
export const draft = signal('');
/** Whether an answer is being made. */
export const isAnswering = computed(() => turns.value.some(({ isOpen }) => isOpen));
/** The answers that ended since the page was opened, for those who listen. */
export const ended = signal<Turn | undefined>(undefined);

/** Ends the work for a turn. */
const controllers = new Map<Turn, AbortController>();

/** Asks a question; an answer that is being made is stopped. */
export function ask(question: string): void {
  stopAnswering();
  addTurn(question, turns.value);
}

/** Asks the last question once more, for a new answer. */
export function askAgain(turn: Turn): void {
  stopAnswering();
  addTurn(turn.question, turnsBefore(turn), true);
}

/** Puts another question in the place of a turn; what followed it is dropped. */
export function changeQuestion(turn: Turn, question: string): void {
  stopAnswering();
  addTurn(question, turnsBefore(turn));
}

/** Stops the answer that is being made, at once. */
export function stopAnswering(): void {
  for (const turn of turns.value.filter(({ isOpen }) => isOpen)) {
    const { stream } = turn;
    turn.stop();
    // Without its stream's name yet, the answer ends with its reader.
    controllers.get(turn)?.abort();
    if (stream) void stopStream(stream.id);
    announce('Stopped.');
  }
}

/** Has the service keep a question, and shows its answer when it is there. */
export function deferAnswer(turn: Turn): void {
  void work(turn, async (end) => {
    await deferTurn(turn, messagesFor(turn), end);
    noteArrival(turn);
  });
}

/** Begins a new conversation. */
export function clearConversation(): void {
  stopAnswering();
  for (const controller of controllers.values()) controller.abort();
  turns.value = [];
  droppedTurns.value = 0;
  announce('New conversation.');
}

function turnsBefore(turn: Turn): readonly Turn[] {
  return turns.value.slice(0, turns.value.indexOf(turn));
}

function addTurn(question: string, before: readonly Turn[], isFresh = false): void {
  const turn = new Turn(question.toWellFormed(), undefined, undefined, isFresh);
  const kept = [...before, turn].slice(-MAX_TURNS);
  droppedTurns.value += before.length + 1 - kept.length;
  for (const [known, controller] of controllers) if (!kept.includes(known)) controller.abort();
  turns.value = kept;
  announce('Searching.');
  void work(turn, (end) => answer(turn, end));
}

async function answer(turn: Turn, end: AbortSignal): Promise<void> {
  await answerTurn(turn, messagesFor(turn), end);
  if (turn.phase.value === 'failed') announce('There is no answer.');
  else if (turn.phase.value === 'answered') {
    announce('Answered.');
    ended.value = turn;
  }
}

function noteArrival(turn: Turn): void {
  if (turn.waiting.value?.state === 'arrived') ended.value = turn;
}

function messagesFor(turn: Turn) {
  return toMessages(turnsBefore(turn), turn.question);
}

async function work(turn: Turn, act: (end: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  controllers.set(turn, controller);
  try {
    await act(controller.signal);
  } catch (error) {
    if (!controller.signal.aborted) throw error;
  } finally {
    if (controllers.get(turn) === controller) controllers.delete(turn);
    keepSoon();
  }
}

let keeping: ReturnType<typeof setTimeout> | undefined;

function keepNow(): void {
  clearTimeout(keeping);
  keeping = undefined;
  keepConversation({ draft: draft.value, turns: turns.value.map((turn) => turn.toRecord()) });
}

function keepSoon(): void {
  keeping ??= setTimeout(keepNow, KEEP_PAUSE_MS);
}

function restore(): void {
  const kept = readConversation();
  draft.value = kept.draft;
  turns.value = kept.turns.slice(-MAX_TURNS).map(Turn.fromRecord);
  for (const turn of turns.value) {
    if (turn.isOpen) void work(turn, (end) => answer(turn, end));
    else if (turn.waiting.value?.state === 'waiting')
      void work(turn, async (end) => {
        await collectDeferred(turn, end);
        noteArrival(turn);
      });
    else if (turn.waiting.value?.state === 'asking') deferAnswer(turn);
  }
}

restore();
addEventListener('pagehide', keepNow);
effect(() => {
  void draft.value;
  for (const turn of turns.value) {
    void turn.blocks.value;
    void turn.waiting.value;
    void turn.phase.value;
  }
  untracked(keepSoon);
});
