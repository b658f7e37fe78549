/**
 * What a reviewer's words do: ask, request, suggest, object; agree, decline, correct. Kernel English has fixed
 * phrases for these; they are rows here. A reading is a guess, and is reported with the words that it comes from.
 */

export type PointKind = "objection" | "suggestion" | "request" | "question";

/** In order of precedence: a stretch of text is the first that fits. */
const pointCues: readonly (readonly [PointKind, RegExp])[] = [
  [
    "suggestion",
    /\b(?:would|does|might) it (?:not )?make sense|\b(?:how|what) about\b|\bwhy not (?:just )?\w+|\bcould we (?:also |not )?\w+|\bhave you considered\b/i,
  ],
  [
    "objection",
    /\bseems? to break\b|\bbreaks? (?:bisect|the build|\w+)|\bwrong\b|\b(?:nak|nacked)\b|\bi (?:really )?(?:don't|do not) (?:like|think|see why|believe|want)\b|\bnot (?:acceptable|correct|true|a good idea|the right)\b|\bincorrect\b|\b(?:does|do) not (?:fix|work|make sense)\b|\bdoesn't (?:fix|work|make sense|belong)\b|\bi(?:'m| am) not (?:convinced|a fan|sure (?:this|that|it|we))\b|\bthere is a conflict\b|\bthis (?:will|would) (?:break|crash|leak|deadlock|fail)\b|\bpointless\b|\b(?:disagree|unacceptable|over-?engineered|layering violation)\b/i,
  ],
  [
    "question",
    /\?(?:\s|$)|\b(?:explain|details? on|describe|understand|clear(?: to me)?|wonder(?:ing)?|know|see) (?:to me )?(?:why|how|whether|if|what)\b/i,
  ],
  [
    "request",
    /\bplease\b|\b(?:should|must|needs? to|has to|have to|ought to) be\b|\byou (?:should|must|need to|have to|can drop|want to)\b|\bcan you\b|\bcould you\b|\bmissing\b|\bno need (?:for|to)\b|\bdrop (?:this|the|it)\b|\bthis is rather\b/i,
  ],
];

/** Words that make a question mark no question to the author. */
const idleQuestion = /^(?:hm+|huh|eh|really|no|ok|right|what|sorry)\s*\?$/i;

/** What kind of point a stretch of a reviewer's own words makes, or undefined when it makes none. */
export function pointKind(text: string): PointKind | undefined {
  if (idleQuestion.test(text.trim())) return undefined;
  for (const [kind, cue] of pointCues) if (cue.test(text)) return kind;
  return undefined;
}

export type Stance = "agrees" | "declines" | "corrects" | "concedes" | "seconds" | "answers";

const concession =
  /\b(?:i (?:totally |completely )?missed|my (?:mistake|bad|fault)|you(?:'re| are) (?:absolutely )?right|i was wrong|i overlooked|my negligence|i stand corrected|sorry (?:about|for) (?:that|the|my))\b/i;
const agreement =
  /^(?:yes|yeah|yep|ok(?:ay|ey)?|sure|agreed?|right|indeed|good (?:point|idea|catch)|makes sense|will (?:do|fix|change|drop|update)|done|fixed|got it|fair enough|sounds (?:good|reasonable|great)|absolutely|true|thank(?:s| you)(?:[^.]*\b(?:suggest|point|review|advice|remind|catch|feedback|comment|explain))?|ack\b|great)\b|\bi(?:'ll| will) (?:do|fix|change|drop|update|add|rework|send|use|split|move)\b|\bi agree\b|\bvery helpful\b|\b(?:in|for) (?:the next version|v\d+)\b/i;
const second =
  /^\s*\+\s*(?:\d+|many|lots?|100+%?)\b|^(?:agreed|i agree|same here|seconded|exactly|i second|\+1)/i;
const refusal =
  /\b(?:no(?:t really)?,|i (?:don't|do not|tend to disagree|disagree)|nowadays i tend to think|too[- ]complex|not (?:needed|necessary|required|worth)|no need|would rather|i(?:'d| would) (?:rather|prefer|probably|not)|instead of|unlikely to|should be (?:safe|fine|ok)|harmless|intentional|by design|out of scope|we used to (?:add|do|have))\b/i;
const correction =
  /\b(?:maybe|perhaps) (?:we|you) (?:are|should|have)\b|\bactually\b|\bthat(?:'s| is) not\b|\bnot (?:true|correct|right|quite)\b|\bthere (?:was|were|is|are) (?:already|indeed|several|many)\b|\bincorrect\b|https?:\/\/\S+/i;

/**
 * What a reply's words do to the point that they answer.
 * @param toAnswer the words follow an answer that the author gave before, by somebody else.
 */
export function stanceOf(text: string, byAuthor: boolean, toAnswer: boolean): Stance {
  const words = text.trim();
  if (second.test(words) && !byAuthor) return "seconds";
  if (concession.test(words) && byAuthor) return "concedes";
  const begin = words.slice(0, 600);
  if (!byAuthor && toAnswer && !agreement.test(begin) && (correction.test(begin) || refusal.test(begin)))
    return "corrects";
  if (refusal.test(words) && !/^(?:yes|ok|okay|agreed|sure|thank)/i.test(begin)) return "declines";
  if (agreement.test(begin)) return "agrees";
  return "answers";
}

/** Programs that report on patches (by address), and what they are. */
const robots: readonly (readonly [RegExp, string])[] = [
  [/^(?:lkp|oliver\.sang|rong\.a\.chen|fengguang\.wu)@intel\.com$/, "kernel test robot"],
  [/syzbot|syzkaller/, "syzbot"],
  [/^patchwork-bot|patchwork@/, "patchwork"],
  [/kernelci|^bot@kernelci/, "kernelci"],
  [/^(?:sashiko-bot|bot|robot|noreply|no-reply|buildbot|ci|tip-bot2?)[@+-]/, "robot"],
];

/** The robot's name when a message is a robot's. */
export function robotName(address: string): string | undefined {
  return robots.find(([pattern]) => pattern.test(address.toLowerCase()))?.[1];
}

const appliedNotice =
  /^(?:[^\n]{0,60}\b)?(?:(?:i(?:'ve| have)?\s+)?(?:now )?(?:applied|queued|merged|picked(?: (?:it|this|these))? up|pulled|pushed)(?: up)?\b(?!\?)[^\n?]{0,80}(?:thanks|thank you|to |for |on |in |with |[.!:;]|$)|(?:series|patch(?:es)?|both|all|this|these) (?:is|are|was|were|now )?\s*(?:applied|queued|merged)\b)/im;
const hypothetical =
  /\b(?:if|once|when|after|before|until|can|could|should|would|will|to|not|be|get|gets|being|can't|isn't|aren't|wasn't|been|cannot) (?:\w+ ){0,3}(?:applied|queued|merged|picked|pulled|pushed)\b/i;
const retraction =
  /\b(?:(?:i(?:'ve| have)?\s+)?(?:dropped|reverted|backed out|un-?applied|removed) (?:it|this|these|them|the (?:series|patch(?:es)?)|from)|(?:i(?:'ll| will)) (?:drop|revert) (?:it|this|these|them|the (?:series|patch)))\b/i;

/** Whether a maintainer's own words say that patches were taken, or given back. */
export function landing(
  text: string,
): { readonly kind: "applied" | "retracted"; readonly quote: string } | undefined {
  for (const line of text.split("\n")) {
    if (retraction.test(line)) return { kind: "retracted", quote: line.trim() };
    if (appliedNotice.test(line.trim()) && !hypothetical.test(line) && !/\?\s*$/.test(line))
      return { kind: "applied", quote: line.trim() };
  }
  return undefined;
}
