// The size of a place on the page, for drawings whose text keeps its size.

import { useEffect, useRef, useState } from "../vendor/preact.js";

/** [ref, {width, height}] in pixels; `usual` until the place is on a page. */
export function useSize(usual) {
  const place = useRef(null), [size, setSize] = useState(usual);
  useEffect(() => {
    const watched = new ResizeObserver(([{ contentRect: { width, height } }]) => {
      if (width && height) setSize({ width: Math.round(width), height: Math.round(height) });
    });
    watched.observe(place.current);
    return () => watched.disconnect();
  }, []);
  return [place, size];
}
