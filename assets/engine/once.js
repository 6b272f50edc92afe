/**
 * One load for all who ask.
 *
 *     const atlas = once(() => download(file));
 *     await atlas(); // and again, of the same load
 *     await loadOnce(worlds, "things", () => fetchWorld("things")); // the same for each key of a Map
 */

/**
 * @template T
 * @param {() => Promise<T>} load
 * @returns {() => Promise<T>} the same promise at each call; a failed load may be tried again
 */
export function once(load) {
  /** @type {Promise<T> | null} */ let loading = null;
  return () => {
    loading ??= load().catch((error) => {
      loading = null;
      throw error;
    });
    return loading;
  };
}

/**
 * @template K, T
 * @param {Map<K, Promise<T>>} loads what is loaded or being loaded @param {K} key @param {() => Promise<T>} load
 * @returns {Promise<T>} the same at each call; a failed load may be tried again
 */
export function loadOnce(loads, key, load) {
  const cached = loads.get(key);
  if (cached) return cached;
  const loading = load();
  loads.set(key, loading);
  loading.catch(() => {
    if (loads.get(key) === loading) loads.delete(key);
  });
  return loading;
}
