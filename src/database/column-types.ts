import type { ColumnType } from 'kysely'

/** `timestamptz`: what the driver returns and accepts. */
export type Timestamp = ColumnType<Date, Date, Date>
/** `bigint`: the driver returns a decimal string. */
export type Bigint = ColumnType<string, string | number | bigint, string | number | bigint>
/** A column with a default: Kysely's `Generated` does not work on a ColumnType. */
export type WithDefault<T> = T extends ColumnType<infer Select, infer Insert, infer Update>
  ? ColumnType<Select, Insert | undefined, Update>
  : never
