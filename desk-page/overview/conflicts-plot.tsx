/** Conflicts over time, drawn; the same numbers as a table for those who cannot use a picture. */
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Overview } from '../../src/adapters/desk/api/index.js';
import { theme } from '../state/theme.js';
import { At, durationText } from '../text/times.js';

type OverTime = Overview['conflictsOverTime'];

const heightPx = 200;

export const ConflictsPlot = ({ overTime }: { readonly overTime: OverTime }): JSX.Element => {
  const place = useRef<HTMLDivElement>(null);
  const look = theme.value;
  useEffect(() => {
    const element = place.current;
    if (element === null || overTime.buckets.length === 0) return undefined;
    let plot: UPlot | undefined;
    let isGone = false;
    const resized = new ResizeObserver(() => plot?.setSize({ width: element.clientWidth, height: heightPx }));
    // Loaded with the first overview: who settles conflicts needs no plot.
    void import('uplot').then(({ default: Plot }) => {
      if (isGone) return;
      plot = new Plot(optionsFor(element, Plot, overTime.bucketMs), dataOf(overTime), element);
      resized.observe(element);
    });
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const redraw = (): void => plot?.redraw();
    dark.addEventListener('change', redraw);
    return () => {
      isGone = true;
      resized.disconnect();
      dark.removeEventListener('change', redraw);
      plot?.destroy();
    };
  }, [overTime, look]);

  return (
    <section class="card" aria-labelledby="over-time">
      <header>
        <h2 id="over-time">Conflicts over time</h2>
        <ul class="legend small-text">
          <li class="legend-pending">pending</li>
          <li class="legend-opened">opened</li>
          <li class="legend-settled">settled</li>
        </ul>
      </header>
      <div class="body stack">
        {overTime.buckets.length === 0 ? (
          <p class="muted">No conflict has been recorded here yet.</p>
        ) : (
          <>
            <div ref={place} class="plot" role="img" aria-label={summaryOf(overTime)} />
            <details>
              <summary>As a table</summary>
              <div class="scroll-x plot-table" tabIndex={0} role="group" aria-label="Conflicts over time, as a table">
                <table>
                  <thead>
                    <tr>
                      <th scope="col">From, for {durationText(overTime.bucketMs)}</th>
                      <th scope="col" class="number">
                        Opened
                      </th>
                      <th scope="col" class="number">
                        Settled
                      </th>
                      <th scope="col" class="number">
                        Pending after
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {overTime.buckets.map(({ at, opened, resolved, pending }) => (
                      <tr key={at}>
                        <td>
                          <At time={at} />
                        </td>
                        <td class="number">{opened.toLocaleString()}</td>
                        <td class="number">{resolved.toLocaleString()}</td>
                        <td class="number">{pending.toLocaleString()}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            </details>
          </>
        )}
      </div>
    </section>
  );
};

const dataOf = ({ buckets }: OverTime): UPlot.AlignedData => [
  buckets.map(({ at }) => Date.parse(at) / 1_000),
  buckets.map(({ opened }) => opened),
  buckets.map(({ resolved }) => resolved),
  buckets.map(({ pending }) => pending),
];

const summaryOf = ({ buckets }: OverTime): string => {
  const opened = buckets.reduce((sum, bucket) => sum + bucket.opened, 0);
  const settled = buckets.reduce((sum, bucket) => sum + bucket.resolved, 0);
  return `A plot of conflicts over time: ${opened} opened, ${settled} settled, ${buckets.at(-1)?.pending ?? 0} pending at the end.`;
};

/** Canvases know no custom properties: the colour is asked for when it is drawn, so it follows the look. */
const optionsFor = (element: HTMLElement, Plot: typeof UPlot, bucketMs: number): UPlot.Options => {
  const colour = (name: string) => (): string => resolvedColour(element, name);
  const bars = Plot.paths.bars?.({ size: [0.7, 22], align: 1 });
  const axis = {
    stroke: colour('--ink-2'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { stroke: colour('--line'), width: 1 },
    font: `12px ${getComputedStyle(element).fontFamily}`,
  };
  return {
    width: element.clientWidth,
    height: heightPx,
    legend: { show: false },
    cursor: { show: false },
    padding: [12, 8, 0, 0],
    scales: {
      x: { range: (_, from, to) => [from - bucketMs / 2_000, to + bucketMs / 1_000] },
      y: { range: (_, __, to) => [0, Math.max(to * 1.1, 1)] },
    },
    axes: [
      { ...axis, values: (_, seconds) => timesText(seconds) },
      { ...axis, size: 44, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000] },
    ],
    series: [
      {},
      {
        label: 'opened',
        stroke: colour('--side-1'),
        fill: colour('--side-1'),
        points: { show: false },
        ...(bars === undefined ? {} : { paths: bars }),
      },
      {
        label: 'settled',
        stroke: colour('--side-3'),
        fill: colour('--side-3'),
        points: { show: false },
        ...(bars === undefined ? {} : { paths: Plot.paths.bars?.({ size: [0.35, 11], align: 1 }) ?? bars }),
      },
      { label: 'pending', stroke: colour('--side-0'), width: 2, points: { show: false }, ...stepped(Plot) },
    ],
  };
};

/** Dates where days pass between the marks, and times with the date at each new day where they do not. */
const timesText = (seconds: readonly number[]): string[] => {
  const isByDay = (seconds[1] ?? 0) - (seconds[0] ?? 0) >= 86_400;
  let day = '';
  return seconds.map((each) => {
    const time = new Date(each * 1_000);
    const text = isByDay ? '' : clockTime.format(time);
    const isNew = dayOfYear.format(time) !== day;
    day = dayOfYear.format(time);
    return isByDay ? day : isNew ? `${text}\n${day}` : text;
  });
};

const clockTime = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const dayOfYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

const stepped = (Plot: typeof UPlot): Partial<UPlot.Series> => {
  const paths = Plot.paths.stepped?.({ align: 1 });
  return paths === undefined ? {} : { paths };
};

/** What `light-dark()` comes to here and now. */
const resolvedColour = (element: HTMLElement, name: string): string => {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
};
