import type { DocumentBody } from '../bench/client.ts';

/** What the demonstration asks about. */
export const documents: DocumentBody[] = [
  {
    id: 'holidays',
    title: 'Holidays',
    text: 'Everyone has 28 days of holiday a year. Up to five unused days move on to the next year and lapse in March.',
  },
  {
    id: 'expenses',
    title: 'Expenses',
    text: 'Receipts for train tickets and hotels go to the finance team within 30 days. They are refunded with the next salary.',
  },
  {
    id: 'laptops',
    title: 'Laptops',
    text: 'A lost laptop is reported to the security desk at once, by day or night. Its disk is then wiped remotely.',
  },
];

/** The first document after somebody has edited it. */
export const changedDocument: DocumentBody = {
  id: 'holidays',
  title: 'Holidays',
  text: 'Everyone has 30 days of holiday a year. Up to five unused days move on to the next year and lapse in March.',
};
