/** The height of a row in the list: two lines, or four where the screen is narrow; more with larger type. */
import { useEffect, useState } from 'preact/hooks';

const narrow = matchMedia('(max-width: 40rem)');

const heightPx = (): number => {
  const remPx = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  return Math.round(remPx * (narrow.matches ? 8.25 : 4.5));
};

export const useRowHeightPx = (): number => {
  const [height, setHeight] = useState(heightPx);
  useEffect(() => {
    const measure = (): void => setHeight(heightPx());
    narrow.addEventListener('change', measure);
    addEventListener('resize', measure);
    return () => {
      narrow.removeEventListener('change', measure);
      removeEventListener('resize', measure);
    };
  }, []);
  return height;
};
