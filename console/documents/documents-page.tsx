import { useEffect, useRef } from 'preact/hooks';
import { route } from '../shared/route.ts';
import { AddDocuments } from './upload/add-documents.tsx';
import { filter, list, watchList } from './document-list.ts';
import { DocumentTable } from './document-table.tsx';
import { DocumentView } from './document-view.tsx';
import { UploadList } from './upload/upload-list.tsx';

/** The page “Documents”: the list of them, or the one that the address names. */
export function DocumentsPage() {
  const { rest } = route.value;
  const former = useRef(rest);
  useEffect(() => {
    // The focus is where one was: on the heading of what opened, or on the document that one comes back from.
    if (former.current === rest) return;
    const links = [...document.querySelectorAll<HTMLElement>('.documents-title a')];
    const link = links.find((one) =>
      one.getAttribute('href')?.endsWith(`/${encodeURIComponent(former.current)}`),
    );
    (link ?? document.querySelector<HTMLElement>('#main h1'))?.focus();
    former.current = rest;
  }, [rest]);
  return rest === '' ? <Overview /> : <DocumentView key={rest} id={rest} />;
}

function Overview() {
  useEffect(watchList, []);
  const isEmpty = list.value?.documents.length === 0 && list.value.search === '' && filter.value === '';
  return (
    <>
      <h1 tabIndex={-1}>Documents</h1>
      <AddDocuments isFirst={isEmpty} />
      <UploadList />
      <DocumentTable />
    </>
  );
}
