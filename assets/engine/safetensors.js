/**
 * The header of a safetensors file, checked against the file before a tensor is allocated, as
 * `explorer.clip.checked_files` does.
 *
 *     const header = parseHeader(firstBytes, fileSize);      // throws WeightsError, a sentence
 *     readTensor(header, bytes, "visual.proj")               // Float32Array
 *     readTensors(header, bytes)                             // {"visual.proj": Float32Array, ...}
 */

/**
 * @typedef {{dtype: string, shape: number[], start: number, end: number}} TensorEntry
 * @typedef {{tensors: Map<string, TensorEntry>, dataStart: number}} Header
 */

/** Weights or a config that cannot be used; the message says why. */
export class WeightsError extends Error {}

const MAX_HEADER_BYTES = 16_000_000;
const MAX_TENSORS = 50_000;
const MAX_BYTES = 512_000_000;
const MAX_DIMENSIONS = 8;
/** @type {Record<string, number>} */
const BYTES_OF = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
};

/**
 * Count the bytes of the length and the header at the start; 0 while the length itself is not there yet.
 * @param {Uint8Array} bytes the first bytes of the file @param {number} size bytes of the whole file
 * @returns {number}
 */
export function headerEnd(bytes, size) {
  if (size > MAX_BYTES) throw new WeightsError(`its weights are ${size} bytes, the most here is ${MAX_BYTES}`);
  if (bytes.length < 8) return 0;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length < 2n || length > BigInt(Math.min(MAX_HEADER_BYTES, size - 8))) {
    throw new WeightsError(`its weights are no safetensors file, or cut off: a header of ${length} bytes`);
  }
  return 8 + Number(length);
}

/**
 * @param {Uint8Array} bytes at least the header @param {number} size bytes of the whole file
 * @returns {Header} whose tensors lie side by side and fill the file exactly
 */
export function parseHeader(bytes, size) {
  const end = headerEnd(bytes, size);
  if (end === 0 || end > bytes.length) throw new WeightsError("its weights are cut off within the header");
  const entries = parsedEntries(bytes.subarray(8, end));
  if (entries.length < 1 || entries.length > MAX_TENSORS) {
    throw new WeightsError(`its weights hold ${entries.length} tensors, from 1 to ${MAX_TENSORS} can be read`);
  }
  /** @type {Map<string, TensorEntry>} */
  const tensors = new Map(entries.map(([name, entry]) => [name, checkEntry(name, entry)]));
  let reached = 0;
  for (const tensor of [...tensors.values()].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (tensor.start !== reached) throw new WeightsError("the tensors of its weights overlap or leave gaps");
    reached = tensor.end;
  }
  if (reached !== size - end) {
    throw new WeightsError(`its weights are cut off or too long: ${size - end} bytes for ${reached}`);
  }
  return { tensors, dataStart: end };
}

/** @param {Uint8Array} text @returns {[string, any][]} */
function parsedEntries(text) {
  let header;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(text));
  } catch {
    header = null;
  }
  if (header === null || typeof header !== "object" || Array.isArray(header)) {
    throw new WeightsError("the header of its weights is no JSON object");
  }
  return Object.entries(header).filter(([name]) => name !== "__metadata__");
}

/** @param {string} name @param {any} entry @returns {TensorEntry} */
function checkEntry(name, entry) {
  const isCount = (/** @type {any} */ number) => Number.isSafeInteger(number) && number >= 0;
  const { dtype, shape, data_offsets: offsets } = entry ?? {};
  const isWhole =
    Array.isArray(shape) &&
    shape.length <= MAX_DIMENSIONS &&
    shape.every(isCount) &&
    Array.isArray(offsets) &&
    offsets.length === 2 &&
    offsets.every(isCount) &&
    Object.hasOwn(BYTES_OF, dtype);
  if (
    !isWhole ||
    offsets[1] - offsets[0] !==
      shape.reduce((/** @type {number} */ n, /** @type {number} */ side) => n * side, 1) * BYTES_OF[dtype]
  ) {
    throw new WeightsError(`the header of its weights does not fit the tensor ${name.slice(0, 60)}`);
  }
  return { dtype, shape, start: offsets[0], end: offsets[1] };
}

/**
 * @param {Header} header @param {Uint8Array} bytes the whole file @param {string} name
 * @returns {Float32Array} the numbers of a floating tensor
 */
export function readTensor(header, bytes, name) {
  const entry = /** @type {TensorEntry} */ (header.tensors.get(name));
  const data = bytes.slice(header.dataStart + entry.start, header.dataStart + entry.end).buffer;
  const numbers = asFloats(name, entry.dtype, data);
  if (!numbers.every(Number.isFinite)) throw new WeightsError(`its weights ${name} hold what is no number`);
  return numbers;
}

/**
 * @param {Header} header @param {Uint8Array} bytes the whole file
 * @returns {Record<string, Float32Array>} the numbers of each tensor
 */
export function readTensors(header, bytes) {
  return Object.fromEntries([...header.tensors.keys()].map((name) => [name, readTensor(header, bytes, name)]));
}

/** @param {string} name @param {string} dtype @param {ArrayBuffer} data @returns {Float32Array} */
function asFloats(name, dtype, data) {
  if (dtype === "F32") return new Float32Array(data);
  if (dtype === "F16") return new Uint16Array(data).reduce(widenHalves, new Float32Array(data.byteLength / 2));
  if (dtype === "BF16") {
    return new Float32Array(Uint32Array.from(new Uint16Array(data), (half) => half << 16).buffer);
  }
  if (dtype === "F64") return Float32Array.from(new Float64Array(data));
  throw new WeightsError(`its weights ${name.slice(0, 60)} are ${dtype}, not floating point`);
}

/** @param {Float32Array} numbers @param {number} half @param {number} index */
function widenHalves(numbers, half, index) {
  numbers[index] = halfToNumber(half);
  return numbers;
}

/** @param {number} half the 16 bits of an IEEE half @returns {number} */
function halfToNumber(half) {
  const sign = half & 0x8000 ? -1 : 1,
    exponent = (half >> 10) & 31,
    fraction = half & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
