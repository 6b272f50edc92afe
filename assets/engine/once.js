/**
 * One load for all who ask.
 *
 *     const atlas = once(() => download(file));
 *     await atlas(); // and again, of the same load
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
