"""Texts of STUDY.md without a result: what it is, how it was done, and its limits."""

HEAD = """# Study

Properties of a data set and what they do to object-attribute binding in a small CLIP trained on it. The questions are
those of [arXiv 2507.07985](https://arxiv.org/abs/2507.07985); scenes, models and protocol are this project's. The
paper's data and numbers are not known to us: "said" is a direction from its abstract, the caption of its Figure 1, or
earlier runs. The [data card](assets/study/README.md) has every condition.

The outcome is the time until a training binds. Where this second edition has no runs, the first is shown and marked.
A heading *Claim* was stated before the runs; below it is what was found. †: at least half of the trainings repeat one
of the first edition, read before the claims were stated, so this is no test.
"""
PARTS_FROM_PAPER = """Listed are uncorrected effects of the figure's steps with an interval above 0; mechanisms are
guesses. The paper says that too few and too many attributes, incomplete captions and saliency bias hurt.
Such a flaw *raised* accuracy here, as did naming two of four objects, not four:
"""
REMEDIES_OF_PAPER = """It also says that explicit hard negatives do not give reliable binding. On web-like data
canonical accuracy stayed ({web}), as it says. On data without its flaws, or with both values, it rose:
"""
REPAIRS_OF_PAPER = """With the three repairs that it names, binding should be almost perfect. Within 4x, {bound} seeds
bound, and {pilot} in the pilot.
"""
METHODS = """## Methods

![A scene with its caption in each condition](assets/study/examples.png)

**Model and training.** `small`: a ViT of 3 layers, width 128, patches of 32 pixels on images of 64, and a causal text
tower of 2 layers; 1.4 million weights. An image has four patches, one per quarter, and an object fills one quarter: no
pretrained CLIP sees objects so well parted. Muon on the matrices of the blocks and AdamW on the rest, cosine schedule,
batch 256, peak rate 0.002 (AdamW) and 0.02 (Muon), fresh scenes in every step. **The recipe was chosen on binding**:
optimizer, rate, batch size, sizes, patches and layout, because `binding-friendly` and `two-kinds` bound in fewer steps
with them (`tests/benchmarks/LOG.md`). Words are tokens: 12 nouns, 8 colors, 3 patterns, 2 tilts, "a", "an", "and".

**Budgets.** 1x is 46,080 pairs, 180 steps. Conditions are compared at equal pairs and schedule, unless a label says
equal steps; the warm-up is 50 steps or 15 % of them, so longer in pairs with a large batch. Other batch sizes search a
learning rate by training loss on seed 900. All else keeps the preset's, also where another had less loss{tried}.

**Asking.** *Binding accuracy*: share of images nearer to their caption than to the same caption with the values of two
objects exchanged; chance is 50 %. Canonical: two objects, a color each. Own: as in training. Complete: every object
named, one kind of values. Bundle: every object with all its values. At the end 4,000 scenes a form, of which those with
a swap count (canonical about 3,500), fresh for each seed and shared by its conditions; 1,000 fixed ones in the first
edition. Fresh are places and sizes: training shows every pair of noun and color. Canonical scenes are paired exactly;
other forms share the random stream only.

*Parts*: sum of the cosines to the two captions of one object, right against exchanged; *single object*: one of these
captions. Chance is 50 %. If parts exceed the whole caption, the picture is bound further than captions of two objects
are read; where captions of one were never read, a low score says nothing.

**Bound.** A run binds at the first of {row} quick evaluations in a row, of 24, whose lower 95 % Wilson bound lies above
{level}; at its end fewer suffice, even the last one. A quick evaluation has 400 scenes, about 350 with a swap in
canonical captions, so this asks for about 80 %. Other runs are censored at their budget. In forms that are not
evaluated on the way, and in the first edition, the bound of the final accuracy decides, which mostly asks for 76 to 78
%.

**Statistics.** Share of seeds bound: Wilson; difference: Newcombe. Budget spared: mean over paired seeds of the time
unbound, with a t interval; equal times have the spread of the grid of evaluations. Two conditions: exact log-rank test,
by all ways to deal the seeds to the two, twice the smaller tail. Holm counts all stated directions of a claim, at most
five, run or not; they were committed before the runs (`explorer/study/claims.py`). Final accuracy: paired t; Welch in
the first edition. Runs of equal specs count once and are shared by all sweeps. *Untestable here*: the control did not
bind in half of its seeds: for a remedy the host's smallest known repair that the claim does not itself test, for a flaw
the data without it. *No headroom*: the host binds in every seed within a quarter of the budget. *Neither binds*: no
seed of either.

**Probe.** A linear probe for a noun's color scores 82 to 86 % on fresh weights (chance 56 to 57 %, five
seeds: `python -m explorer study probe`), so it supports no claim on a bag of words.
"""
LIMITS = """## Limits

- [The first edition]({first}) tests final accuracy of 3 to 5 seeds at 1x on the scenes of one seed.
- Few seeds: 8 of 8 against 0 of 8 still has an interval of 46 points; five against five allow no p below 0.0079.
- Exact tests and the counting of all stated directions replaced an approximation after 170 of the runs were seen; four
  directions lost their word, two of them “as stated”.
- The level of 75 % keeps models that bind one object of two from counting as bound, though not cleanly: with captions
  of one object only, two seeds of five end above it and one binds. It was chosen between the
  editions. Words that stay with another (data card), {levels}.
- {seen} repeat one of the first edition (spec and seed); only scenes and times are new there.
- Forms differ in meaning: own captions differ between conditions, more objects in the image lower the share that a
  caption of two names, and canonical images of two objects are new to models of three or four. Repairs change how many
  captions have the canonical form, and how often they name a color.
- With saliency bias, 91 % (larger object named first) and 31 % (second) meet in the first edition's canonical mean.
- `tests/independent.py`, plain open_clip, agrees with one retrained row (`naming-cliff`, `2 objects: 0%`, seed 0) in
  six digits.
- One host was repeated at a constant rate: canonical binding came about as soon and as often, and accuracy ended lower.
- Scenes are drawn, models small, budgets short: questions to ask of a large CLIP.
- Seeds of two conditions share first weights and scenes; tests of shares and times take them as independent.
- No correction covers the forest plot, whose properties stand for one step each.
"""
