// How worlds ended that were trained beforehand, by where their things come from and by their number.
// `python -m research own-things` writes it.
//
//   ENDINGS.drawn[12]     // {n, bound, low, high}: trainings, those that bound, the least and the most binding

export const ENDINGS = {
  drawn: {
    6: { n: 3, bound: 3, low: 1, high: 1 },
    12: { n: 3, bound: 3, low: 0.997, high: 1 },
    24: { n: 3, bound: 3, low: 0.985, high: 0.991 },
  },
  photo: {
    6: { n: 3, bound: 3, low: 1, high: 1 },
    12: { n: 3, bound: 3, low: 0.98, high: 0.997 },
    24: { n: 3, bound: 3, low: 0.991, high: 1 },
  },
  icon: {
    6: { n: 3, bound: 3, low: 0.997, high: 1 },
    12: { n: 3, bound: 3, low: 0.991, high: 1 },
    24: { n: 3, bound: 3, low: 0.985, high: 0.994 },
  },
};
