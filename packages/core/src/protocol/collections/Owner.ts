/**
 * How the reducer is pure to the outside and fast inside.
 *
 * Every record of the state names the step that made it, its owner. A step may edit the records that it owns and must
 * copy any other before the first write: so what an earlier step returned never changes, and what this step made is
 * copied only once however often it is written.
 */
export class Owner {}

/** The owner of records that no step may edit. */
export const nobody = new Owner()
