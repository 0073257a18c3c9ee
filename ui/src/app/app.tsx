import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { Suspense, type ReactElement } from 'react';
import { Route, Router, Switch } from 'wouter';
import { pagePaths } from '#schema/pages.js';
import { basePath } from '../api/client.js';
import { Announcements } from '../parts/announce.js';
import { Empty, Skeleton } from '../parts/states.js';
import { ErrorBoundary } from './errorBoundary.js';
import { lazyPages } from './lazyPages.js';
import { Shell } from './shell.js';
import { theme } from './theme.js';

const queryClient = new QueryClient({
  defaultOptions: { queries: { networkMode: 'always', staleTime: 1000 } },
});
const colorSchemeManager = localStorageColorSchemeManager({ key: 'waybill-colour-scheme' });

export function App(): ReactElement {
  return (
    // The variables stand in a style sheet: see design/mantine.css.
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      colorSchemeManager={colorSchemeManager}
      withCssVariables={false}
      withGlobalClasses={false}
    >
      <QueryClientProvider client={queryClient}>
        <Router base={basePath}>
          <Announcements>
            <Shell>
              <ErrorBoundary>
                <Suspense fallback={<Skeleton lines={12} />}>
                  <Pages />
                </Suspense>
              </ErrorBoundary>
            </Shell>
          </Announcements>
        </Router>
      </QueryClientProvider>
    </MantineProvider>
  );
}

function Pages(): ReactElement {
  return (
    <Switch>
      <Route path={pagePaths.overview} component={lazyPages.overview} />
      <Route path={pagePaths.batches} component={lazyPages.batches} />
      <Route path={pagePaths.batch} component={lazyPages.batch} />
      <Route path={pagePaths.events} component={lazyPages.events} />
      <Route path={pagePaths.event} component={lazyPages.event} />
      <Route path={pagePaths.quarantine} component={lazyPages.quarantine} />
      <Route path={pagePaths.quarantined} component={lazyPages.quarantined} />
      <Route path={pagePaths.tasks} component={lazyPages.tasks} />
      <Route path={pagePaths.run} component={lazyPages.run} />
      <Route path={pagePaths.doctor} component={lazyPages.doctor} />
      <Route path={pagePaths.actions} component={lazyPages.actions} />
      <Route>
        <Empty title="There is no such page">
          Choose one from the navigation, or press g and then o for the overview.
        </Empty>
      </Route>
    </Switch>
  );
}
