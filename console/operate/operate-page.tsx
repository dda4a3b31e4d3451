/** The page “Operate”. */
export function OperatePage() {
  return <h1>Operate</h1>;
}
