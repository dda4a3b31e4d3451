/** Whether the environment allows colours (https://no-color.org). */
export const ALLOWS_COLOURS = !process.env['NO_COLOR'];
