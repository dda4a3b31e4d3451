import { useSignalEffect, type ReadonlySignal, type Signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { SOURCES, stackAnswers, type TimeSpan } from './timeline-model.ts';
import type { Timeline } from '../types.ts';

const HEIGHT = 170;
/** The same as in operate.css, where the lanes begin and end below the chart. */
const AXIS_WIDTH = 44;
const RIGHT = 24;
const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000];

interface Props {
  timeline: ReadonlySignal<Timeline | undefined>;
  selection: Signal<TimeSpan | undefined>;
}

/** Answers over time by source, as stacked bars. A span is selected by dragging. */
export function AnswersChart({ timeline, selection }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(undefined);
  const draw = () => {
    const { current } = chart;
    const shown = timeline.value;
    if (!current || !shown) return;
    current.batch(() => {
      current.setData(stackAnswers(shown) as uPlot.AlignedData, false);
      current.setScale('x', { min: shown.from, max: shown.to });
      showSelection(current, selection.value);
    });
  };
  useEffect(() => {
    const parent = box.current;
    if (!parent) return undefined;
    const create = () => {
      chart.current?.destroy();
      chart.current = new uPlot(describe(parent, selection), [[], ...SOURCES.map(() => [])], parent);
      draw();
    };
    create();
    const resizing = new ResizeObserver(() =>
      chart.current?.setSize({ width: parent.clientWidth, height: HEIGHT }),
    );
    resizing.observe(parent);
    // A canvas does not follow the scheme of colours by itself.
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', create);
    return () => {
      scheme.removeEventListener('change', create);
      resizing.disconnect();
      chart.current?.destroy();
    };
  }, []);
  useSignalEffect(draw);
  return <div class="operate-chart" ref={box} aria-hidden="true" />;
}

function describe(parent: HTMLElement, selection: Signal<TimeSpan | undefined>): uPlot.Options {
  const [ink, line] = [readColour(parent, 'operate-ink'), readColour(parent, 'operate-line')];
  const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
  const bars = uPlot.paths.bars?.({ size: [0.9, 40] });
  return {
    width: parent.clientWidth,
    height: HEIGHT,
    padding: [8, RIGHT, 0, 0],
    legend: { show: false },
    cursor: { points: { show: false }, y: false, drag: { x: true, y: false, setScale: false } },
    scales: {
      x: { time: true },
      y: { range: (_, __, max) => [0, Math.max(4, max)] },
    },
    axes: [
      axis,
      {
        ...axis,
        size: AXIS_WIDTH,
        incrs: STEPS,
        values: (_, values) => values.map((value) => String(value)),
      },
    ],
    series: [
      {},
      ...SOURCES.toReversed().map(([source]) => {
        const fill = readColour(parent, `operate-source-${source}`);
        return { stroke: fill, fill, width: 0, points: { show: false }, ...(bars && { paths: bars }) };
      }),
    ],
    hooks: {
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          // A click selects nothing; the selection that is shown by itself comes along here, too.
          if (width < 2 || isShown(plot, selection.peek())) return;
          selection.value = { from: plot.posToVal(left, 'x'), to: plot.posToVal(left + width, 'x') };
        },
      ],
    },
  };
}

function isShown(plot: uPlot, selected: TimeSpan | undefined): boolean {
  const { left, width } = plot.select;
  if (!selected) return false;
  const [from, to] = [plot.valToPos(selected.from, 'x'), plot.valToPos(selected.to, 'x')];
  return Math.abs(from - left) < 1 && Math.abs(to - left - width) < 1;
}

function showSelection(plot: uPlot, selected: TimeSpan | undefined): void {
  const height = plot.over.clientHeight;
  if (!selected) return plot.setSelect({ left: 0, top: 0, width: 0, height }, false);
  const left = Math.max(0, plot.valToPos(selected.from, 'x'));
  const right = Math.min(plot.over.clientWidth, plot.valToPos(selected.to, 'x'));
  plot.setSelect({ left, top: 0, width: Math.max(0, right - left), height }, false);
}

/** The colour that a class of the style sheet gives, in the present scheme. */
function readColour(parent: HTMLElement, name: string): string {
  const probe = document.createElement('span');
  probe.className = name;
  parent.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
