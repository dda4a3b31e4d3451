import type { Ending } from './guard-model-commands.ts';
import type { GuardModel, ModelCall } from './guard-model.ts';

/** A call that has ended, and whether the guard said that its outcome came too late. */
export interface SeenEnd {
  call: ModelCall;
  ending: Ending;
  holdMs: number;
  isLate: boolean;
}

/** What the guard made of a call that began meanwhile. */
export interface SeenBegin {
  wasCalled: boolean;
  isTrial: boolean;
}

/** A model in which everything has happened, and the calls that have begun in it. */
interface Outcome {
  model: GuardModel;
  begun: (ModelCall | undefined)[];
}

/**
 * Looks for an order of ends and beginnings in which the model does what the guard was seen to do. Ends keep their order
 * among themselves, and so do beginnings.
 * @param fits whether a model in which everything has happened is in the guard's state
 * @returns undefined when there is no such order: no guard that takes one thing after the other does this
 */
export function findOrder(
  model: GuardModel,
  ends: readonly SeenEnd[],
  begins: readonly SeenBegin[],
  fits: (model: GuardModel) => boolean,
): Outcome | undefined {
  const [end, ...laterEnds] = ends;
  const [begin, ...laterBegins] = begins;
  if (!end && !begin) return fits(model) ? { model, begun: [] } : undefined;
  return (
    (end && afterEnd(model, end, (next) => findOrder(next, laterEnds, begins, fits))) ??
    (begin && afterBegin(model, begin, (next) => findOrder(next, ends, laterBegins, fits)))
  );
}

type Rest = (model: GuardModel) => Outcome | undefined;

function afterEnd(model: GuardModel, { call, ending, holdMs, isLate }: SeenEnd, rest: Rest) {
  if (model.isLate(call) !== isLate) return undefined;
  const next = model.clone();
  next.end(call, ending, holdMs);
  return rest(next);
}

function afterBegin(model: GuardModel, { wasCalled, isTrial }: SeenBegin, rest: Rest) {
  const next = model.clone();
  const call = next.begin();
  if ((call !== undefined) !== wasCalled || (call?.trial ?? false) !== isTrial) return undefined;
  const outcome = rest(next);
  return outcome && { ...outcome, begun: [call, ...outcome.begun] };
}
