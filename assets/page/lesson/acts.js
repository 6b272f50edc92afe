// What a person can do in the lesson: the acts that its steps call.

import { countBoth } from "./steps.js";

const TYPING_MS = 300;

/** The acts of a `LessonPage`. */
export const lessonActs = (lesson) => ({
  change: (parts) => lesson.change(parts),
  openStep: (step) => {
    lesson.change({ open: step });
    lesson.keep();
    document.getElementById(`title-${step}`).focus();
  },
  beginAgain: () => lesson.beginAgain(),
  ...readingActs(lesson),
  ...trainingActs(lesson),
  ...questionActs(lesson),
  guessOrder: (order) => lesson.finish("order", { order }),
});

/** The steps before the training. */
function readingActs(lesson) {
  const { state } = lesson;
  return {
    seePicture: (picture) => {
      lesson.change({ chosen: [...state.chosen.filter((each) => each !== picture), picture] });
      if (picture === 0) lesson.finish("see");
    },
    guess: () => lesson.finish("guess", { guess: state.guessing }),
    moveDial: (dial) => {
      lesson.change({ dial });
      if (countBoth(state) === 0) lesson.finish("dial");
    },
    showForm: (form) => {
      lesson.change({ forms: [...new Set([...state.forms, form])] });
      if (state.forms.length > 1) lesson.finish("form");
    },
  };
}

function trainingActs(lesson) {
  const { run } = lesson;
  return {
    choosePreset: (preset) => {
      lesson.change({ preset });
      run.measure();
    },
    setSteps: (steps) => {
      lesson.change({ steps });
      run.measure();
    },
    start: () => run.start(),
    replay: () => run.replay(),
    pause: () => run.turn("pause"),
    resume: () => run.turn("resume"),
    stop: () => run.stop(),
  };
}

/** The question to a model. */
function questionActs(lesson) {
  const { state } = lesson,
    probe = (parts) => lesson.change({ probe: { ...state.probe, ...parts } });
  // An answer, also one that is on its way, is of the question before.
  const changeQuestion = (parts) => {
    lesson.questions.begin();
    probe({ ...parts, answer: null, isAsking: false });
  };
  return {
    choosePicture: (picture) => {
      changeQuestion({ picture, first: state.content.asked[picture].caption, isTyped: false });
      lesson.readSwap();
    },
    type: (name, text) => {
      changeQuestion({ [name]: text, ...(name === "second" ? { isTyped: text !== "" } : {}) });
      lesson.timers.stop("typing");
      if (name === "first") lesson.timers.after("typing", TYPING_MS, () => lesson.readSwap());
    },
    chooseModel: (model) => changeQuestion({ model }),
    ask: () => lesson.ask(),
  };
}
