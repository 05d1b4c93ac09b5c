/**
 * Plots as SVG, by Observable Plot on a document that linkedom makes. One row a system and one part a size, so that no
 * reader needs colours or a legend; what has no value (a system that was stopped) has no dot, and says so.
 */
import { peerPackage } from './peer-package.js';

interface Drawn {
  readonly setAttribute: (name: string, value: string) => void;
  readonly toString: () => string;
}

interface Plot {
  readonly plot: (options: object) => Drawn;
  readonly dot: (points: readonly Point[], options: object) => unknown;
  readonly text: (points: readonly Point[], options: object) => unknown;
  readonly ruleY: (points: readonly Point[], options: object) => unknown;
}

interface LinkeDom {
  readonly parseHTML: (html: string) => { readonly document: unknown };
}

export interface Point {
  readonly system: string;
  /** The part of the plot. */
  readonly size: string;
  /** Above zero; absent where there is nothing to show. */
  readonly value?: number;
  readonly label: string;
}

export interface Drawing {
  readonly title: string;
  /** What the values are, on their logarithmic axis. */
  readonly axis: string;
  readonly points: readonly Point[];
}

const [ours, others, quiet] = ['#b8336a', '#3d5a80', '#dddddd'];
const [rowHeight, partGap] = [20, 60];

export const draw = ({ title, axis, points }: Drawing): string => {
  const { plot, dot, text, ruleY } = peerPackage('@observablehq/plot').exported as Plot;
  const { document } = (peerPackage('linkedom').exported as LinkeDom).parseHTML('<!doctype html><html></html>');
  const systems = [...new Set(points.map(({ system }) => system))];
  const sizes = [...new Set(points.map(({ size }) => size))];
  const values = points.flatMap(({ value }) => value ?? []);
  const first = Math.min(...values);
  const colour = ({ system }: Point): string => (system === 'Reknit' ? ours : others);
  const place = { y: 'system', fy: 'size' };
  const isShown = ({ value }: Point): boolean => value !== undefined;
  const drawn = plot({
    document,
    width: 760,
    height: sizes.length * (systems.length * rowHeight + partGap),
    marginLeft: 90,
    marginRight: 110,
    marginTop: 40,
    ariaLabel: title,
    style: { background: 'white', color: 'black', 'font-size': '12px' },
    x: { type: 'log', label: axis, domain: [first / 1.3, Math.max(...values) * 1.3], grid: true, tickFormat: '~s' },
    y: { label: null, domain: systems },
    fy: { label: null, domain: sizes },
    marks: [
      ruleY(points, { ...place, stroke: quiet }),
      dot(points.filter(isShown), { ...place, x: 'value', fill: colour, r: 4 }),
      text(points, {
        ...place,
        x: ({ value }: Point) => value ?? first,
        text: 'label',
        textAnchor: 'start',
        dx: 8,
      }),
    ],
  });
  drawn.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  drawn.setAttribute('role', 'img');
  return `${drawn.toString()}\n`;
};
