/** One line of the table. `ratio` is ours to the floor of the same run, where more is better; null where there is only a target. */
export type Result = {
  workload: string;
  unit: string;
  floor: number | null;
  ours: number;
  ratio: number | null;
  /** Of the ratio, or of `ours` where there is no floor. */
  target: number;
  holds: boolean;
  rounds: number;
  note?: string;
};

export const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;

/** Floor and ours in turn, so that what else the machine does falls on both; the median of the ratios of each round. */
export async function compare(
  workload: string,
  unit: string,
  target: number,
  rounds: number,
  measureFloor: () => Promise<number>,
  measureOurs: () => Promise<number>,
): Promise<Result> {
  const floors: number[] = [];
  const ours: number[] = [];
  for (let round = 0; round < rounds; round++) {
    floors.push(await measureFloor());
    ours.push(await measureOurs());
  }
  const ratio = median(ours.map((value, round) => value / (floors[round] as number)));
  return { workload, unit, floor: median(floors), ours: median(ours), ratio, target, holds: ratio >= target, rounds };
}

export function table(results: Result[]): string {
  const rows = [
    ['workload', 'unit', 'floor', 'ours', 'ratio', 'target', 'holds', 'note'],
    ...results.map(({ workload, unit, floor, ours, ratio, target, holds, note }) => [
      workload,
      unit,
      floor === null ? '' : short(floor),
      short(ours),
      ratio === null ? '' : ratio.toFixed(2),
      `${ratio === null ? '≤' : '≥'} ${target}`,
      holds ? 'yes' : 'NO',
      note ?? '',
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column < 2 || column > 5 ? cell.padEnd(widths[column] as number) : cell.padStart(widths[column] as number)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const short = (value: number) => (value >= 100 ? value.toFixed(0) : value.toFixed(2));
