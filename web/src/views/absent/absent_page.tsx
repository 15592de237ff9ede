// Pages of data that a recording does not hold: what it would be, and the command that records it.

import { sidesOf } from "../../model/state";
import type { Absent } from "../../engine/types";
import { useApp } from "../../widgets/app_context";
import { AbsentNote, ProblemNote, Skeleton } from "../../widgets/states";
import { useAnswer } from "../../widgets/use_answer";

interface PageAnswer {
  readonly title: string;
  readonly about: string;
  readonly absent: Absent;
}

export default function AbsentPage() {
  const { store } = useApp();
  const state = store.state.value;
  const answer = useAnswer<PageAnswer>("page", { a: sidesOf(state)["a"], name: state.page });
  if (answer.problem !== null) return <ProblemNote problem={answer.problem} again={answer.again} />;
  if (answer.value === null) return <Skeleton rows={3} />;
  return (
    <>
      <h1>{answer.value.title}</h1>
      <p class="soft">{answer.value.about}</p>
      <AbsentNote absent={answer.value.absent} />
    </>
  );
}
