import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { linkTo } from '../../shared/route.ts';
import { endDrill, undo, undos } from '../actions.ts';
import { sayDuration, sayShare } from '../format.ts';
import { GuardFacts } from './guard-facts.tsx';
import { roleOf, sayRole } from './guard-role.ts';
import { judgeGuard } from './judge-guard.ts';
import { StateShape } from './state-shape.tsx';
import type { Action, Drill, Guard, Health, Settings } from '../types.ts';

/** What can be changed from a card, each in a dialog. */
export type DialogKind = 'state' | 'thresholds' | 'drill';

export interface CardProps {
  guard: Guard;
  health: Health | undefined;
  settings: Settings | undefined;
  /** The action that forced the guard's mode, where it is known. */
  forcedBy: Action | undefined;
  /** The action that began its drill, where it is known. */
  begunBy: Action | undefined;
  isOpened: boolean;
  onOpen: (kind: DialogKind) => void;
  /** After a change that the card has made by itself. */
  onChanged: () => void;
}

/** A guard: how it is, why, and what can be done about it. */
export function GuardCard(props: CardProps) {
  const { guard, health, settings, forcedBy, begunBy, isOpened, onOpen, onChanged } = props;
  const verdict = judgeGuard(guard);
  const id = `guard-${guard.name}`;
  return (
    <li class="card operate-card" data-guard={guard.name} data-opened={isOpened} id={id} tabIndex={-1}>
      <div class={`operate-card-head operate-${verdict.tone}`}>
        <StateShape {...verdict} />
        <h3>
          <a href={linkTo('operate', guard.name)}>{guard.name}</a>
          <span class="soft">{sayRole(roleOf(guard.name, health))}</span>
        </h3>
        <span class="operate-word">{verdict.word}</span>
      </div>
      <p class="operate-sentence">{verdict.sentence}</p>
      <Countdown guard={guard} forcedBy={forcedBy} />
      {guard.drill && (
        <DrillStrip guard={guard} drill={guard.drill} begunBy={begunBy} onChanged={onChanged} />
      )}
      <GuardFacts guard={guard} settings={settings} />
      <div class="row operate-card-buttons">
        <button type="button" onClick={() => onOpen('state')}>
          State<span class="visually-hidden"> of {guard.name}</span>…
        </button>
        <button type="button" onClick={() => onOpen('thresholds')}>
          Thresholds<span class="visually-hidden"> of {guard.name}</span>…
        </button>
        <button type="button" onClick={() => onOpen('drill')}>
          Drill<span class="visually-hidden"> of {guard.name}</span>…
        </button>
      </div>
      <UndoStrip guard={guard} onChanged={onChanged} />
    </li>
  );
}

/** When something goes on by itself. */
function Countdown({ guard, forcedBy }: { guard: Guard; forcedBy: Action | undefined }) {
  const { mode, mode_ends_in: left, retry_after: openLeft, hold, demoted, state } = guard;
  const lines: string[] = [];
  if (left !== null) {
    const by = forcedBy ? ` by ${forcedBy.actor}` : '';
    const why = forcedBy?.reason ? `: “${forcedBy.reason}”` : '';
    lines.push(`Forced${by} for another ${sayDuration(left)}${why}`);
  }
  if (openLeft !== null && mode !== 'forced_open')
    lines.push(openLeft > 0 ? `Next trial in ${sayDuration(openLeft)}` : 'The next call is a trial');
  if (state === 'half-open') lines.push(`Trial calls under way: ${guard.half_open_trials}`);
  if (guard.after_drill) lines.push('A drill has opened it, which is over');
  if (hold) lines.push(`Held back (${hold.cause}) for another ${sayDuration(hold.ends_in)}`);
  if (demoted) lines.push(`Asked last (${demoted.cause}); tried again in ${sayDuration(demoted.retry_in)}`);
  if (guard.peers_open === true) lines.push('Most other instances report it open');
  if (lines.length === 0) return null;
  return (
    <ul class="operate-countdown">
      {lines.map((line) => (
        <li key={line.replace(/\d+/g, '')} dir="auto">
          {line}
        </li>
      ))}
    </ul>
  );
}

/** The drill that runs, with the way to end it. */
function DrillStrip(props: {
  guard: Guard;
  drill: Drill;
  begunBy: Action | undefined;
  onChanged: () => void;
}) {
  const { guard, drill, begunBy, onChanged } = props;
  const left = drill.ends_in === undefined ? '' : `, another ${sayDuration(drill.ends_in)}`;
  const who = [begunBy && `by ${begunBy.actor}`, drill.reason && `“${drill.reason}”`].filter(Boolean);
  return (
    <Strip guard={guard} label="End it" act={() => endDrill(guard, drill)} onDone={onChanged}>
      <strong>Drill</strong> {drill.fault.replaceAll('_', ' ')}, {sayShare(drill.share)} of the calls{left}
      {who.length > 0 && (
        <span class="operate-why" dir="auto">
          {who.join(': ')}
        </span>
      )}
    </Strip>
  );
}

/** The way back from the last action, as long as it holds. */
function UndoStrip({ guard, onChanged }: { guard: Guard; onChanged: () => void }) {
  const way = undos.value[guard.name];
  if (!way?.isOf(guard)) return null;
  return (
    <Strip guard={guard} label={way.label} act={() => undo(guard.name)} onDone={onChanged}>
      {way.done}
    </Strip>
  );
}

interface StripProps {
  guard: Guard;
  /** The word on the button. */
  label: string;
  act: () => Promise<void>;
  onDone: () => void;
  children: ComponentChildren;
}

/** What holds, with a button that ends it. The card takes the focus of the button that has done its work. */
function Strip({ guard, label, act, onDone, children }: StripProps) {
  const fault = useSignal('');
  const press = async () => {
    try {
      await act();
      onDone();
      document.getElementById(`guard-${guard.name}`)?.focus();
    } catch (error) {
      fault.value = String(error instanceof Error ? error.message : error);
    }
  };
  return (
    <div class="operate-strip">
      <p>{children}</p>
      <button type="button" onClick={() => void press()}>
        {label}
      </button>
      {fault.value !== '' && (
        <p class="fault" role="alert">
          {fault}
        </p>
      )}
    </div>
  );
}
