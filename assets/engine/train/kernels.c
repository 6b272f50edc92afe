// The arithmetic of training on vectors of four floats: products, norms, attention, losses, optimizers.
//
// Results have the same bits on every machine: every sum has a fixed order, no library is called, and WebAssembly's
// SIMD is IEEE arithmetic without fused multiply-add. Operators on vectors work per lane.
//
// Matrices lie row by row, widths are multiples of 4. Rows are read and written in fours, so the caller leaves room up
// to a multiple of 8 and ignores what is there.

#include <wasm_simd128.h>

typedef float f4 __attribute__((vector_size(16)));
typedef int i4 __attribute__((vector_size(16)));
typedef f4 unaligned __attribute__((aligned(4)));

#define EXPORT(name) __attribute__((export_name(#name))) void name
#define EXPORT_DOUBLE(name) __attribute__((export_name(#name))) double name
#define FOR4(i, n) for (int i = 0; i < (n); i += 4)

static const float HIDDEN = -1e30f;  // a logit that takes no part

static inline f4 load(const float *p) { return *(const unaligned *)p; }
static inline void store(float *p, f4 v) { *(unaligned *)p = v; }
static inline void add(float *p, f4 v) { store(p, load(p) + v); }
static inline f4 all(float x) { return (f4){x, x, x, x}; }
static inline float sum(f4 v) { return (v[0] + v[1]) + (v[2] + v[3]); }
static inline f4 max4(f4 a, f4 b) { return (f4)wasm_f32x4_pmax((v128_t)a, (v128_t)b); }
static inline f4 min4(f4 a, f4 b) { return (f4)wasm_f32x4_pmin((v128_t)a, (v128_t)b); }
static inline f4 abs4(f4 v) { return (f4)wasm_f32x4_abs((v128_t)v); }
static inline f4 root4(f4 v) { return (f4)wasm_f32x4_sqrt((v128_t)v); }
static inline f4 where(i4 is, f4 a, f4 b) { return (f4)wasm_v128_bitselect((v128_t)a, (v128_t)b, (v128_t)is); }

// ---- functions of one number, for schedules and fresh weights: JavaScript's own differ by browser -----------------

EXPORT_DOUBLE(root)(double x) { return __builtin_sqrt(x); }

// e^x for |x| below 100: a series at x / 256, squared eight times.
EXPORT_DOUBLE(exponential)(double x) {
  double series = 0;
  for (int n = 14; n > 0; n--) series = (1 + series) * (x / 256 / n);
  series += 1;
  for (int n = 0; n < 8; n++) series *= series;
  return series;
}

// cos(pi x) for x from 0 to 1: the series at an angle of at most a right one.
EXPORT_DOUBLE(cosine_of_pi)(double x) {
  const double angle = 3.141592653589793 * (x > 0.5 ? 1 - x : x), square = angle * angle;
  double series = 0;
  for (int n = 20; n > 0; n -= 2) series = (1 + series) * (-square / (n * (n - 1)));
  return x > 0.5 ? -(1 + series) : 1 + series;
}

static double logarithm(double x) {
  int exponent = 0;
  for (; x < 0.7071067811865476; exponent--) x *= 2;
  for (; x >= 1.4142135623730952; exponent++) x /= 2;
  const double s = (x - 1) / (x + 1), square = s * s;
  double series = 0;
  for (int n = 21; n > 0; n -= 2) series = series * square + 1.0 / n;
  return 2 * s * series + exponent * 0.6931471805599453;
}

// The number that a standard normal one is below with chance p, to seven digits.
// Wichura, Algorithm AS 241: The Percentage Points of the Normal Distribution, 1988 (PPND7).
EXPORT_DOUBLE(normal_quantile)(double p) {
  const double q = p - 0.5;
  if (q <= 0.425 && q >= -0.425) {
    const double r = 0.180625 - q * q;
    return q * (((59.10937472 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179)
      / (((67.1875636 * r + 78.757757664) * r + 17.895169469) * r + 1);
  }
  double r = root(-logarithm(q < 0 ? p : 1 - p)), tail;
  if (r <= 5) {
    r -= 1.6;
    tail = (((0.17023821103 * r + 1.3067284816) * r + 2.75681539) * r + 1.4234372777)
      / ((0.12021132975 * r + 0.7370016425) * r + 1);
  } else {
    r -= 5;
    tail = (((0.017337203997 * r + 0.42868294337) * r + 3.081226386) * r + 6.657905115)
      / ((0.012258202635 * r + 0.24197894225) * r + 1);
  }
  return q < 0 ? -tail : tail;
}

// ---- exponential and logarithm of vectors, by the polynomials of Cephes -------------------------------------------

// e^x, exactly 0 below -87.
static inline f4 exp4(f4 x) {
  const f4 s = min4(max4(x, all(-87)), all(88)), k = (f4)wasm_f32x4_nearest((v128_t)(s * 1.44269504f));
  const f4 r = (s - k * 0.693359375f) - k * -2.12194440e-4f;
  f4 p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  const f4 power = (f4)(((i4)wasm_i32x4_trunc_sat_f32x4((v128_t)k) + 127) << 23);
  return where(x < -87, all(0), (p * r * r + (r + 1)) * power);
}

// ln x of normal numbers.
static inline f4 log4(f4 x) {
  const f4 part = (f4)(((i4)x & 0x7fffff) | 0x3f000000);
  const i4 is_low = part < 0.707106781f, exponent = ((i4)x >> 23) - 126 + is_low;
  const f4 e = (f4)wasm_f32x4_convert_i32x4((v128_t)exponent);
  const f4 m = part + where(is_low, part, all(0)) - 1, square = m * m;
  f4 p = m * 7.0376836292e-2f - 1.1514610310e-1f;
  p = p * m + 1.1676998740e-1f;
  p = p * m - 1.2420140846e-1f;
  p = p * m + 1.4249322787e-1f;
  p = p * m - 1.6668057665e-1f;
  p = p * m + 2.0000714765e-1f;
  p = p * m - 2.4999993993e-1f;
  p = p * m + 3.3333331174e-1f;
  return (m + (p * m * square + e * -2.12194440e-4f - square * 0.5f)) + e * 0.693359375f;
}

// ---- products -----------------------------------------------------------------------------------------------------

// Four by four floats of `from`, rows of ld, turned into rows of `step`.
static inline void transpose(const float *from, int ld, float *to, int step) {
  const f4 a = load(from), b = load(from + ld), c = load(from + 2 * ld), d = load(from + 3 * ld);
  const f4 e = __builtin_shufflevector(a, b, 0, 4, 1, 5), f = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const f4 g = __builtin_shufflevector(c, d, 0, 4, 1, 5), h = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  store(to, __builtin_shufflevector(e, g, 0, 1, 4, 5));
  store(to + step, __builtin_shufflevector(e, g, 2, 3, 6, 7));
  store(to + 2 * step, __builtin_shufflevector(f, h, 0, 1, 4, 5));
  store(to + 3 * step, __builtin_shufflevector(f, h, 2, 3, 6, 7));
}

// A' of a (k x m) in blocks of four of its rows, step by step; `sums` of the columns of a, unless it is 0.
EXPORT(pack)(const float *a, int m, int k, float *to, float *sums) {
  FOR4(i, m) {
    f4 total = all(0);
    for (int l = 0; l < k; l++, to += 4) {
      const f4 v = load(a + l * m + i);
      total += v;
      store(to, v);
    }
    if (sums) store(sums + i, total);
  }
}

// Eight columns of B (k x n), or of the transpose of b (n x k), side by side.
static inline void pack_panel(const float *b, int n, int column, int is_transposed, int k, float *to) {
  if (!is_transposed) {
    b += column;
    for (int l = 0; l < k; l++, b += n, to += 8) { store(to, load(b)); store(to + 4, load(b + 4)); }
    return;
  }
  int l = 0;
  b += column * k;
  for (; l + 4 <= k; l += 4, to += 32) { transpose(b + l, k, to, 8); transpose(b + 4 * k + l, k, to + 4, 8); }
  for (; l < k; l++) for (int c = 0; c < 8; c++) *to++ = b[c * k + l];
}

struct left { const float *a; int block, row, step; };           // where element (4 i + r, l) of A is
struct ends { float alpha, beta; const float *added, *bias; };   // what becomes of the sums of a product

// Eight columns of C. The inner loop holds eight vectors of sums and little else, as processors have sixteen: so this is
// a function of its own that reads `ends` from memory behind the loop. Inlined, Firefox ran it at half the speed.
static __attribute__((noinline))
void strip(float *c, int n, const struct left *left, const float *panel, int rows, int k, const struct ends *ends) {
  const int block = left->block, row = left->row, step = left->step;
  const float *a = left->a, *added = ends->added;
  for (; rows > 0; rows -= 4, a += block) {
    const float *p = a, *q = panel;
    f4 x[4][2] = {0};
    for (int l = 0; l < k; l++, p += step, q += 8) {
      const f4 u = load(q), v = load(q + 4);
#pragma unroll
      for (int r = 0; r < 4; r++) { const f4 w = all(p[r * row]); x[r][0] += w * u; x[r][1] += w * v; }
    }
#pragma unroll
    for (int r = 0; r < 4; r++, c += n) {
      f4 u = x[r][0] * ends->alpha, v = x[r][1] * ends->alpha;
      if (ends->bias) { u += load(ends->bias); v += load(ends->bias + 4); }
      if (added) { u += load(added) * ends->beta; v += load(added + 4) * ends->beta; added += n; }
      store(c, u);
      store(c + 4, v);
    }
  }
}

// C = alpha A B + beta S + bias, of C and S m x n, A m x k or packed, B k x n or transposed; n is a multiple of 8.
// S may be C or 0. `is_symmetric`: the part above the diagonal is a mirror of the part below. `panel` has room for 8 k.
EXPORT(multiply)(float *c, const float *a, int is_packed, const float *b, int is_transposed, int m, int n, int k,
                 float alpha, const float *s, float beta, const float *bias, int is_symmetric, float *panel) {
  for (int j = 0; j < n; j += 8) {
    const int first = is_symmetric ? j : 0, at = first * n + j;
    const struct left left = {a + first * k, 4 * k, is_packed ? 1 : k, is_packed ? 4 : 1};
    const struct ends ends = {alpha, beta, s ? s + at : 0, bias ? bias + j : 0};
    pack_panel(b, n, j, is_transposed, k, panel);
    strip(c + at, n, &left, panel, m - first, k, &ends);
  }
  if (is_symmetric) FOR4(i, m) for (int j = 0; j < i; j += 4) transpose(c + i * n + j, n, c + j * n + i, n);
}

// ---- rows ---------------------------------------------------------------------------------------------------------

EXPORT(gather)(const float *x, const int *from, int rows, int width, float *y) {
  for (int r = 0; r < rows; r++, y += width) FOR4(i, width) store(y + i, load(x + from[r] * width + i));
}

EXPORT(scatter)(const float *d, const int *to, int rows, int width, float *x) {
  for (int r = 0; r < rows; r++, d += width) FOR4(i, width) add(x + to[r] * width + i, load(d + i));
}

EXPORT(times)(float *a, const float *b, int n) { FOR4(i, n) store(a + i, load(a + i) * load(b + i)); }

// Layer norm; `kept` gets the mean and the inverse deviation of each row.
EXPORT(norm)(const float *x, int rows, int width, const float *gain, const float *bias, float *y, float *kept) {
  for (int r = 0; r < rows; r++, x += width, y += width) {
    f4 total = all(0), squares = all(0);
    FOR4(i, width) total += load(x + i);
    const float mean = sum(total) / width;
    FOR4(i, width) { const f4 d = load(x + i) - mean; squares += d * d; }
    const float inverse = 1 / __builtin_sqrtf(sum(squares) / width + 1e-5f);
    FOR4(i, width) store(y + i, (load(x + i) - mean) * inverse * load(gain + i) + load(bias + i));
    *kept++ = mean;
    *kept++ = inverse;
  }
}

// Adds to dx; sets the gradients of gain and bias.
EXPORT(norm_back)(const float *x, int rows, int width, const float *gain, const float *kept, const float *dy, float *dx,
                  float *dgain, float *dbias) {
  FOR4(i, width) { store(dgain + i, all(0)); store(dbias + i, all(0)); }
  for (int r = 0; r < rows; r++, x += width, dy += width, dx += width, kept += 2) {
    const float mean = kept[0], inverse = kept[1];
    f4 level = all(0), along = all(0);
    FOR4(i, width) {
      const f4 h = (load(x + i) - mean) * inverse, d = load(dy + i), e = d * load(gain + i);
      level += e;
      along += e * h;
      add(dgain + i, d * h);
      add(dbias + i, d);
    }
    const float mean_level = sum(level) / width, mean_along = sum(along) / width;
    FOR4(i, width) {
      const f4 h = (load(x + i) - mean) * inverse;
      add(dx + i, (load(dy + i) * load(gain + i) - mean_level - h * mean_along) * inverse);
    }
  }
}

// y = x Phi(x), and x becomes the slope. Phi to 1.5e-7: Abramowitz and Stegun, Mathematical Functions, 7.1.26.
// Constants stand in memory: V8 makes those of the code anew in each round, three instructions each.
static float GELU[] = {
  -0.5f, 0.23164189f, 1.061405429f, -1.453152027f, 1.421413741f, -0.284496736f, 0.254829592f, 0.5f, 0.39894228f,
  -87, 1.44269504f, 0.693359375f, -2.12194440e-4f, 1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f,
  4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f, 1, 12582912.0f,
};

EXPORT(gelu)(float *x, int n, float *y) {
  const float *c = GELU;
  __asm__("" : "+r"(c));
  FOR4(i, n) {
    const f4 v = load(x + i), one = all(c[19]), z = v * v * all(c[0]), t = one / (abs4(v) * all(c[1]) + one);
    // exp4 of what is not above 0.
    const f4 s = max4(z, all(c[9])), k = (f4)wasm_f32x4_nearest((v128_t)(s * all(c[10])));
    const f4 r = (s - k * all(c[11])) - k * all(c[12]);
    f4 q = r * all(c[13]) + all(c[14]);
    q = q * r + all(c[15]);
    q = q * r + all(c[16]);
    q = q * r + all(c[17]);
    q = q * r + all(c[18]);
    const f4 power = (f4)((((i4)(k + all(c[20])) << 23)) + (i4)one);
    const f4 e = (f4)wasm_v128_andnot((v128_t)((q * r * r + (r + one)) * power), wasm_f32x4_lt((v128_t)z, (v128_t)all(c[9])));
    f4 p = t * all(c[2]) + all(c[3]);
    p = p * t + all(c[4]);
    p = p * t + all(c[5]);
    p = p * t + all(c[6]);
    const f4 tail = p * t * e * all(c[7]), phi = (f4)wasm_v128_bitselect((v128_t)tail, (v128_t)(one - tail), wasm_f32x4_lt((v128_t)v, wasm_f32x4_const(0, 0, 0, 0)));
    store(y + i, v * phi);
    store(x + i, phi + v * e * all(c[8]));
  }
}

EXPORT(unit)(const float *x, int rows, int width, float *y, float *lengths) {
  for (int r = 0; r < rows; r++, x += width, y += width) {
    f4 squares = all(0);
    FOR4(i, width) squares += load(x + i) * load(x + i);
    lengths[r] = __builtin_sqrtf(sum(squares));
    FOR4(i, width) store(y + i, load(x + i) / lengths[r]);
  }
}

EXPORT(unit_back)(const float *y, int rows, int width, const float *lengths, const float *dy, float *dx) {
  for (int r = 0; r < rows; r++, y += width, dy += width, dx += width) {
    f4 along = all(0);
    FOR4(i, width) along += load(y + i) * load(dy + i);
    const float total = sum(along);
    FOR4(i, width) store(dx + i, (load(dy + i) - load(y + i) * total) / lengths[r]);
  }
}

// ---- attention ----------------------------------------------------------------------------------------------------

// Row a asks by the query of[a]; its keys are the rows list[start[a]] ... of `kv`, counts[a] of them and at most 128. A
// row of `kv` is a key, then a value. `shares` gets the softmax: heads x keys of each a.
EXPORT(attend)(const float *q, const int *of, const float *kv, const int *start, const int *counts, const int *list,
               int asking, int heads, int width, float *y, float *shares) {
  const int depth = width / heads;
  const float scale = 1 / __builtin_sqrtf(depth);
  for (int a = 0; a < asking; a++, y += width) {
    const int *keys = list + start[a], count = counts[a];
    for (int h = 0; h < heads; h++, shares += count) {
      const float *query = q + of[a] * width + h * depth, *head = kv + h * depth;
      float room[128], most = HIDDEN, total = 0;
      for (int j = 0; j < count; j++) {
        f4 s = all(0);
        FOR4(i, depth) s += load(query + i) * load(head + keys[j] * 2 * width + i);
        room[j] = sum(s) * scale;
        most = room[j] > most ? room[j] : most;
      }
      FOR4(j, count) store(room + j, exp4(load(room + j) - most));
      for (int j = 0; j < count; j++) total += room[j];
      for (int j = 0; j < count; j++) shares[j] = room[j] / total;
      FOR4(i, depth) {
        f4 s = all(0);
        for (int j = 0; j < count; j++) s += load(head + (keys[j] * 2 + 1) * width + i) * shares[j];
        store(y + h * depth + i, s);
      }
    }
  }
}

// Adds to dq and dkv.
EXPORT(attend_back)(const float *q, const int *of, const float *kv, const int *start, const int *counts,
                    const int *list, int asking, int heads, int width, const float *dy, const float *shares,
                    float *dq, float *dkv) {
  const int depth = width / heads;
  const float scale = 1 / __builtin_sqrtf(depth);
  for (int a = 0; a < asking; a++, dy += width) {
    const int *keys = list + start[a], count = counts[a];
    for (int h = 0; h < heads; h++, shares += count) {
      const int own = of[a] * width + h * depth;
      const float *up = dy + h * depth;
      float room[128], mean = 0;
      for (int j = 0; j < count; j++) {
        const int value = (keys[j] * 2 + 1) * width + h * depth;
        f4 s = all(0);
        FOR4(i, depth) {
          s += load(up + i) * load(kv + value + i);
          add(dkv + value + i, load(up + i) * shares[j]);
        }
        room[j] = sum(s);
        mean += room[j] * shares[j];
      }
      for (int j = 0; j < count; j++) {
        const int key = keys[j] * 2 * width + h * depth;
        const float slope = shares[j] * (room[j] - mean) * scale;
        FOR4(i, depth) {
          add(dq + own + i, load(kv + key + i) * slope);
          add(dkv + key + i, load(q + own + i) * slope);
        }
      }
    }
  }
}

// ---- pictures -----------------------------------------------------------------------------------------------------

// Cut pictures (count x 3 x size x size bytes) into normalized patches, even background only once, as row 0.
// places[picture, place] gets the row of each patch in `to`; returns the rows.
__attribute__((export_name("cut")))
int cut(const unsigned char *pixels, int count, int size, int patch, int background, float factor, float shift,
        float *to, int *places) {
  const int side = size / patch, inputs = 3 * patch * patch;
  int rows = 1;
  FOR4(i, inputs) store(to + i, all(background * factor - shift));
  for (int n = 0; n < count * side * side; n++) {
    const unsigned char *picture = pixels + n / (side * side) * 3 * size * size;
    const unsigned char *corner = picture + n / side % side * patch * size + n % side * patch;
    float *out = to + rows * inputs;
    int is_even = 1;
    for (int line = 0; line < 3 * patch; line++) for (int x = 0; x < patch; x++) {
      const unsigned char level = corner[(line / patch * size + line % patch) * size + x];
      is_even &= level == background;
      *out++ = level * factor - shift;
    }
    places[n] = is_even ? 0 : rows++;
  }
  return rows;
}

// ---- losses -------------------------------------------------------------------------------------------------------

// Logits (size x captions, in rows of ld) become their gradients; `parts` gets the loss and the gradients of the
// logarithm of the scale and of the bias. Captions behind the first `size` are hard negatives, without a picture.

// Take out columns behind the captions, and captions that are no negatives of a picture: where `ignore` (size x captions)
// is not 0.
static void hide(float *logits, int ld, int size, int captions, const unsigned char *ignore) {
  for (int i = 0; i < size; i++) for (int j = 0; j < ld; j++)
    if (j >= captions || (ignore && ignore[i * captions + j])) logits[i * ld + j] = HIDDEN;
}

// `columns` has room for 2 ld: the highest logit of each caption, and what a unit of its sum of exponentials is worth.
EXPORT(clip_loss)(float *logits, int ld, int size, int captions, const unsigned char *ignore, float *columns,
                  double *parts) {
  const float share = 0.5f / size;
  double loss = 0, slope = 0;
  hide(logits, ld, size, captions, ignore);
  FOR4(j, ld) {
    const i4 has_picture = (i4){j, j + 1, j + 2, j + 3} < size;
    f4 most = all(HIDDEN), total = all(0);
    for (int i = 0; i < size; i++) most = max4(most, load(logits + i * ld + j));
    for (int i = 0; i < size; i++) total += exp4(load(logits + i * ld + j) - most);
    store(columns + j, where(has_picture, most, all(0)));
    store(columns + ld + j, where(has_picture, share / total, all(0)));
    const f4 last = log4(total) + most;
    for (int c = 0; c < 4 && j + c < size; c++) loss += (double)(last[c] - logits[(j + c) * (ld + 1)]) * share;
  }
  for (int i = 0; i < size; i++) {
    float *row = logits + i * ld;
    f4 most4 = all(HIDDEN), total = all(0), along = all(0);
    FOR4(j, ld) most4 = max4(most4, load(row + j));
    float most = most4[0];
    for (int c = 1; c < 4; c++) most = most4[c] > most ? most4[c] : most;
    FOR4(j, ld) total += exp4(load(row + j) - most);
    const float z = sum(total);
    loss += (double)((most - row[i]) + log4(all(z))[0]) * share;
    FOR4(j, ld) {
      const f4 x = load(row + j), own = where((i4){j, j + 1, j + 2, j + 3} == i, all(2 * share), all(0));
      const f4 g = exp4(x - most) * (share / z) + exp4(x - load(columns + j)) * load(columns + ld + j) - own;
      along += g * x;
      store(row + j, g);
    }
    slope += sum(along);
  }
  parts[0] = loss;
  parts[1] = slope;
  parts[2] = 0;
}

// Logits come without the bias.
EXPORT(siglip_loss)(float *logits, int ld, int size, int captions, const unsigned char *ignore, float bias,
                    double *parts) {
  const float share = 1.0f / size;
  double loss = 0, slope = 0, level = 0;
  hide(logits, ld, size, captions, ignore);
  for (int i = 0; i < size; i++) {
    float *row = logits + i * ld;
    f4 terms = all(0), along = all(0), gradients = all(0);
    FOR4(j, ld) {
      const f4 sign = where((i4){j, j + 1, j + 2, j + 3} == i, all(1), all(-1)), logit = load(row + j);
      const f4 x = (logit + bias) * sign, e = exp4(-abs4(x)), near = 1 / (e + 1);
      const f4 g = where(x < 0, near, e * near) * sign * -share;
      terms += max4(-x, all(0)) + log4(e + 1);
      along += g * logit;
      gradients += g;
      store(row + j, g);
    }
    loss += (double)sum(terms) * share;
    slope += sum(along);
    level += sum(gradients);
  }
  parts[0] = loss;
  parts[1] = slope;
  parts[2] = level;
}

// ---- optimizers ---------------------------------------------------------------------------------------------------

// How far a running mean of gradients, and that of their squares, goes to the next one: 1 less the beta of each.
#define TO_GRADIENT 0.1f
#define TO_SQUARE 0.05f
#define MOMENTUM 0.9f

EXPORT_DOUBLE(squares)(const float *x, int n) {
  double total = 0;
  FOR4(i, n) total += sum(load(x + i) * load(x + i));
  return total;
}

// `first` and `second` undo that both means began at 0.
EXPORT(adamw)(float *p, const float *g, float *m, float *v, int n, float clip, float rate, float decay, float first,
              float second) {
  FOR4(i, n) {
    const f4 d = load(g + i) * clip;
    add(m + i, (d - load(m + i)) * TO_GRADIENT);
    add(v + i, (d * d - load(v + i)) * TO_SQUARE);
    const f4 moved = load(m + i) * first / (root4(load(v + i) * second) + 1e-6f);
    store(p + i, load(p + i) * (1 - rate * decay) - moved * rate);
  }
}

// Nesterov's momentum of a clipped gradient, into u.
EXPORT(momentum)(const float *g, float *m, float *u, int n, float clip) {
  FOR4(i, n) {
    const f4 d = load(g + i) * clip;
    add(m + i, (d - load(m + i)) * TO_GRADIENT);
    store(u + i, d + (load(m + i) - d) * MOMENTUM);
  }
}

EXPORT(scale)(float *x, int n, float by) { FOR4(i, n) store(x + i, load(x + i) * by); }

EXPORT(add_diagonal)(float *x, int size, float by) { for (int i = 0; i < size; i++) x[i * (size + 1)] += by; }

EXPORT(move)(float *p, const float *u, int n, float keep, float by) {
  FOR4(i, n) store(p + i, load(p + i) * keep - load(u + i) * by);
}
