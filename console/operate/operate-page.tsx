import { useComputed, useSignal, useSignalEffect, type Signal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { adminKey, keepAdminKey } from '../shared/admin-key.ts';
import { route } from '../shared/route.ts';
import { announce } from '../shared/status.ts';
import { Connection, isLost } from './connection.tsx';
import { DrillDialog } from './dialogs/drill-dialog.tsx';
import { GuardCard, type DialogKind } from './cards/guard-card.tsx';
import { judgeGuard, sortGuards } from './cards/judge-guard.ts';
import { KeyDialog } from './dialogs/key-dialog.tsx';
import { startReading, type OperateData } from './operate-data.ts';
import { ServiceSection } from './service-section.tsx';
import { StateDialog } from './dialogs/state-dialog.tsx';
import { ThresholdsDialog } from './dialogs/thresholds-dialog.tsx';
import { TimelineSection } from './timeline/timeline-section.tsx';
import type { Action, Guard } from './types.ts';

const TICK_MS = 250;

/** The dialog that is open. What wanted the key goes on after it. */
interface OpenDialog {
  kind: DialogKind | 'key';
  guard: string;
  next?: DialogKind;
}

/** The page “Operate”. */
export function OperatePage() {
  const data = useMemo(startReading, []);
  useEffect(() => data.stop, []);
  const now = useTicks();
  const shownAt = useSignal(Date.now());
  const dialog = useSignal<OpenDialog | undefined>(undefined);
  const polled = data.circuits.state.value;
  const lost = useComputed(() => isLost(data.circuits.state.value, now.value, shownAt.value));
  useEffect(() => {
    const onShown = () => void (!document.hidden && (shownAt.value = Date.now()));
    document.addEventListener('visibilitychange', onShown);
    return () => document.removeEventListener('visibilitychange', onShown);
  }, []);
  const wasLost = useRef(false);
  useSignalEffect(() => {
    if (lost.value !== wasLost.current)
      announce(lost.value ? 'The connection to the service is lost.' : 'The connection is back.');
    wasLost.current = lost.value;
  });

  const opener = useRef<Element>(null);
  const show = (wanted: OpenDialog) => {
    opener.current = document.activeElement;
    dialog.value = wanted;
  };
  const open = (guard: string, kind: DialogKind) =>
    show(adminKey.value === '' ? { kind: 'key', guard, next: kind } : { kind, guard });
  const close = () => {
    dialog.value = undefined;
    // The browser itself does not when one dialog has followed another. What has opened it may be gone.
    const isThere = opener.current instanceof HTMLElement && opener.current.isConnected;
    (isThere ? (opener.current as HTMLElement) : document.getElementById('operate'))?.focus();
    data.readNow();
  };
  return (
    <div class="operate" data-lost={lost.value}>
      <div class="operate-top">
        <h1 id="operate" tabIndex={-1}>
          Operate
        </h1>
        <Connection polled={polled} now={now} lost={lost.value} />
        <KeyButton onAsk={() => show({ kind: 'key', guard: '' })} />
      </div>
      <section aria-labelledby="operate-guards">
        <h2 id="operate-guards">Services and their circuit breakers</h2>
        <Guards data={data} isFrozen={dialog.value !== undefined} onOpen={open} />
      </section>
      <TimelineSection data={data} onAsk={() => show({ kind: 'key', guard: '' })} />
      <ServiceSection data={data} />
      <Dialogs data={data} dialog={dialog} onClose={close} />
    </div>
  );
}

/** The time, four times a second. */
function useTicks(): Signal<number> {
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => (now.value = Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}

function KeyButton({ onAsk }: { onAsk: () => void }) {
  return adminKey.value === '' ? (
    <button type="button" class="operate-key" onClick={onAsk}>
      Give the admin key…
    </button>
  ) : (
    <button type="button" class="plain operate-key" onClick={() => keepAdminKey('')}>
      Forget the admin key
    </button>
  );
}

/** All guards, worst first. Their order waits while somebody works in them, so that nothing moves away below a hand. */
function Guards(props: {
  data: OperateData;
  isFrozen: boolean;
  onOpen: (guard: string, kind: DialogKind) => void;
}) {
  const { data, isFrozen, onOpen } = props;
  const list = useRef<HTMLUListElement>(null);
  const order = useRef<string[]>([]);
  const guards = Object.values(data.circuits.state.value.value?.circuit_breakers ?? {});
  const hasFocus = list.current?.contains(document.activeElement) ?? false;
  const isKnown = order.current.length === guards.length;
  if (!isKnown || !(hasFocus || isFrozen)) order.current = sortGuards(guards).map(({ name }) => name);
  const opened = route.value.rest;
  useEffect(() => {
    if (opened === '' || guards.length === 0) return;
    const card = document.getElementById(`guard-${opened}`);
    card?.scrollIntoView({ block: 'nearest' });
    card?.focus({ preventScroll: true });
  }, [opened, guards.length > 0]);
  useWorsening(guards);
  if (guards.length === 0) return <p class="soft">Nothing has been read yet.</p>;
  return (
    <ul class="operate-cards" ref={list}>
      {order.current.flatMap((name) => {
        const guard = guards.find((one) => one.name === name);
        if (!guard) return [];
        return (
          <GuardCard
            key={name}
            guard={guard}
            health={data.health.state.value.value}
            settings={data.settings.state.value.value?.circuit_breakers[name]?.settings}
            forcedBy={findForce(data, guard)}
            begunBy={findAction(data, ({ changes }) => changes['id'] === guard.drill?.id)}
            isOpened={name === opened}
            onOpen={(kind) => onOpen(name, kind)}
            onChanged={data.readNow}
          />
        );
      })}
    </ul>
  );
}

/** Says each change of a state to those who do not see it. */
function useWorsening(guards: Guard[]): void {
  const words = useRef<Record<string, string>>({});
  useEffect(() => {
    const now = Object.fromEntries(guards.map((guard) => [guard.name, judgeGuard(guard).word]));
    const changed = Object.keys(now).filter(
      (name) => words.current[name] !== undefined && words.current[name] !== now[name],
    );
    if (changed.length > 0) announce(changed.map((name) => `${name}: ${now[name]}`).join('. '));
    words.current = now;
  });
}

function findForce(data: OperateData, { name, mode }: Guard): Action | undefined {
  if (mode !== 'forced_open' && mode !== 'forced_closed') return undefined;
  return findAction(data, ({ guard, action }) => guard === name && action === 'force_state');
}

/** The newest action of a kind, in the span or before it. */
function findAction(
  { timeline, present }: OperateData,
  isWanted: (action: Action) => boolean,
): Action | undefined {
  return [timeline, present]
    .flatMap(({ state: { value } }) => [...(value.value?.events ?? []), ...(value.value?.at_begin ?? [])])
    .find((event): event is Action => event.kind === 'action' && isWanted(event));
}

interface DialogsProps {
  data: OperateData;
  dialog: Signal<OpenDialog | undefined>;
  onClose: () => void;
}

function Dialogs({ data, dialog, onClose }: DialogsProps) {
  const shown = dialog.value;
  if (!shown) return null;
  // A dialog that another one has followed closes late.
  const close = () => void (dialog.value === shown && onClose());
  const guards = Object.values(data.circuits.state.value.value?.circuit_breakers ?? {});
  const guard = guards.find(({ name }) => name === shown.guard);
  if (shown.kind === 'key') {
    const goOn = () => {
      data.readNow();
      if (shown.next) dialog.value = { kind: shown.next, guard: shown.guard };
    };
    return <KeyDialog onClose={close} onKept={goOn} />;
  }
  if (!guard) return null;
  const outlook = { guard, guards, health: data.health.state.value.value };
  const configured = data.settings.state.value.value?.circuit_breakers[guard.name];
  if (shown.kind === 'state') return <StateDialog outlook={outlook} onClose={close} />;
  if (shown.kind === 'drill')
    return <DrillDialog outlook={outlook} settings={configured?.settings} onClose={close} />;
  return configured ? <ThresholdsDialog guard={guard} {...configured} onClose={close} /> : null;
}
