// The size of an element on the page, for drawings that grow with the page's type.

import { useEffect, useRef, useState } from "./vendor/preact.js";

const UNITS = 16; // of a rem: a pixel where type has its usual size

/** Pixels of the screen in a unit of the drawings. */
export const pixelsOfUnit = () => parseFloat(getComputedStyle(document.documentElement).fontSize) / UNITS;

/** [ref, {width, height}] in units; `usual` until the element is on a page. */
export function useSize(usual) {
  const element = useRef(null),
    [size, setSize] = useState(usual);
  useEffect(() => {
    const watched = new ResizeObserver(
      ([
        {
          contentRect: { width, height },
        },
      ]) => {
        const unit = pixelsOfUnit();
        if (width && height) setSize({ width: Math.round(width / unit), height: Math.round(height / unit) });
      },
    );
    watched.observe(element.current);
    return () => watched.disconnect();
  }, []);
  return [element, size];
}
