/** Help text of --set. */
export const setOptionText =
  'The set: the time of its name (20260210_020000) or the begin of it, the whole name, or latest';
