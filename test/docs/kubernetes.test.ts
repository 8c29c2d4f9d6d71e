// The manifests in deploy/kubernetes fit each other, the settings, the image and the routes.
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import t from 'tap'
import { parse, parseAllDocuments } from 'yaml'
import { loadConfig } from '../../src/config/config.ts'
import { SETTINGS } from '../../src/config/schema.ts'

interface Labels { [name: string]: string }

interface Container {
  image: string
  args: string[]
  envFrom: Array<{ configMapRef?: { name: string }, secretRef?: { name: string } }>
  ports?: Array<{ name: string, containerPort: number }>
  lifecycle?: { preStop: { sleep: { seconds: number } } }
  securityContext: object
  [probe: `${string}Probe`]: { httpGet: { path: string, port: string } }
}

interface Pod {
  securityContext: { runAsUser: number }
  terminationGracePeriodSeconds: number
  containers: [Container]
}

interface PodTemplate { metadata: { labels: Labels }, spec: Pod }

interface Manifest {
  kind: string
  metadata: { name: string }
  /** Each kind has its own. */
  spec: any
}

const DIRECTORY = 'deploy/kubernetes'
/** What an operator makes of templates. */
const SECRET = ['secrets.env', 'owner.env', 'retention.env']
/** For requests in flight: CLOSE_TIMEOUT_MS in src/main.ts. */
const CLOSE_SECONDS = 9.5
/** max_connections of Postgres less superuser_reserved_connections. */
const POSTGRES_CONNECTIONS = 97

const kustomization = parse(read('kustomization.yaml'))
const manifests: Manifest[] = kustomization.resources.flatMap((file: string) => parseAllDocuments(read(file))
  .map((document) => document.toJS()))
const deployment = find('Deployment').spec
const pods: Record<string, PodTemplate> = {
  service: deployment.template,
  migrate: find('Job').spec.template,
  maintain: find('CronJob').spec.jobTemplate.spec.template
}
const service = pods.service?.spec.containers[0]
const settings = parseEnv(read('settings.env'))
const secrets = parseEnv(read('secrets.example.env'))

t.test('kustomization.yaml names every file', async (t) => {
  const sources: string[] = [...kustomization.configMapGenerator, ...kustomization.secretGenerator].flatMap(({ envs }) => envs)
  const templates = sources.map((name) => SECRET.includes(name) ? name.replace('.env', '.example.env') : name)
  const named = [...kustomization.resources, ...templates, 'kustomization.yaml']
  const present = readdirSync(DIRECTORY).filter((name) => !['.gitignore', ...SECRET].includes(name))
  t.strictSame(present.sort(), named.sort())
  t.strictSame(read('.gitignore').trim().split('\n'), SECRET, 'they are not committed')
})

t.test('every setting is in the ConfigMap or the Secret, and the service accepts them', async (t) => {
  // AUDIENCE is another name for a list of one, and DATA_DIR is that of the image.
  const passed = SETTINGS.filter((name) => name !== 'AUDIENCE' && name !== 'DATA_DIR')
  t.strictSame([...Object.keys(settings), ...Object.keys(secrets)].sort(), [...passed].sort())
  const config = loadConfig({ ...settings, ...secrets, SECRET_KEYS: randomBytes(32).toString('base64') })
  t.strictSame(config.warnings, [])
  t.match(config, { host: '0.0.0.0', port: containerPort('http'), metricsPort: containerPort('metrics') })
})

t.test('each pod gets the settings and one role of the database, and the jobs none of the secrets of the service', async (t) => {
  const secretOf = { service: 'gatepass', migrate: 'gatepass-owner', maintain: 'gatepass-retention' }
  for (const [name, secret] of Object.entries(secretOf)) {
    t.strictSame(pods[name]?.spec.containers[0].envFrom, [{ configMapRef: { name: 'gatepass' } }, { secretRef: { name: secret } }])
  }
  const roles = ['secrets', 'owner', 'retention'].map((name) => new URL(parseEnv(read(`${name}.example.env`)).DATABASE_URL ?? '').username)
  t.strictSame(roles, ['gatepass_app', 'gatepass_owner', 'gatepass_retention'])
  for (const name of ['owner', 'retention']) t.strictSame(Object.keys(parseEnv(read(`${name}.example.env`))), ['DATABASE_URL'])
  t.strictSame(kustomization.configMapGenerator.map(({ name }: { name: string }) => name), ['gatepass'])
  t.strictSame(kustomization.secretGenerator.map(({ name }: { name: string }) => name), Object.values(secretOf))
})

t.test('selectors choose the pods of the service, and no job', async (t) => {
  const labels = pods.service?.metadata.labels ?? {}
  const [ingress, egress, jobs] = manifests.filter(({ kind }) => kind === 'NetworkPolicy').map(({ spec }) => spec.podSelector)
  const ofService: Labels[] = [
    deployment.selector.matchLabels,
    find('Service').spec.selector,
    find('PodDisruptionBudget').spec.selector.matchLabels,
    ingress.matchLabels,
    ...deployment.template.spec.topologySpreadConstraints.map((constraint: Manifest['spec']) => constraint.labelSelector.matchLabels)
  ]
  for (const selector of ofService) t.strictSame(selector, labels)
  for (const [name, { metadata }] of Object.entries(pods)) {
    t.equal(metadata.labels['app.kubernetes.io/component'], name)
    t.match(metadata.labels, egress.matchLabels, 'all may reach the database')
  }
  t.strictSame(jobs.matchExpressions[0].values, ['migrate', 'maintain'])
  t.match(find('HorizontalPodAutoscaler').spec.scaleTargetRef, { kind: 'Deployment', name: find('Deployment').metadata.name })
})

t.test('ports and probes are those of the service', async (t) => {
  const { paths } = parse(readFileSync('openapi.yaml', 'utf8'))
  for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'] as const) {
    const { path, port } = service?.[probe]?.httpGet ?? {}
    t.ok(paths[path ?? '']?.get, `${path} exists`)
    t.equal(port, 'http')
  }
  t.equal(service?.readinessProbe?.httpGet.path, '/health/ready')
  t.equal(service?.livenessProbe?.httpGet.path, '/health/live', 'which does not ask the database')
  t.equal(find('Service').spec.ports[0].targetPort, 'http')
  const annotations = deployment.template.metadata.annotations
  t.equal(annotations['prometheus.io/port'], String(containerPort('metrics')))
  const [{ spec: { ingress } }, { spec: { egress } }] = manifests.filter(({ kind }) => kind === 'NetworkPolicy') as [Manifest, Manifest]
  t.strictSame(ingress.flatMap(({ ports }: { ports: object[] }) => ports), [{ port: 'http' }, { port: 'metrics' }])
  t.strictSame(egress.flatMap(({ ports }: { ports: Array<{ port: number }> }) => ports.map(({ port }) => port)), [53, 53, 5432])
})

t.test('nothing is root, nothing can become it, and nothing writes', async (t) => {
  t.match(find('Namespace').metadata, { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } })
  for (const { spec } of Object.values(pods)) {
    t.match(spec, { automountServiceAccountToken: false, enableServiceLinks: false })
    t.match(spec.securityContext, { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } })
    t.strictSame(spec.containers[0].securityContext, {
      allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] }
    })
  }
})

t.test('a pod has the time to stop', async (t) => {
  const { preStop } = service?.lifecycle ?? {}
  const delay = Number(settings.SHUTDOWN_DELAY || 5)
  const needed = Number(preStop?.sleep.seconds) + delay + CLOSE_SECONDS
  t.ok(deployment.template.spec.terminationGracePeriodSeconds >= needed, `${needed} s`)
  t.match(deployment.strategy.rollingUpdate, { maxUnavailable: 0, maxSurge: 1 })
})

t.test('the connections of all pods are fewer than Postgres has', async (t) => {
  const { minReplicas, maxReplicas } = find('HorizontalPodAutoscaler').spec
  t.ok(minReplicas >= 2)
  t.equal(deployment.replicas, undefined, 'each apply would undo what the autoscaler did')
  const each = loadConfig({ ...settings }).database.poolSize + 4
  t.ok((maxReplicas + deployment.strategy.rollingUpdate.maxSurge) * each <= POSTGRES_CONNECTIONS)
})

t.test('all run the image, with commands that it has', async (t) => {
  t.strictSame(Object.entries(pods).map(([name, { spec }]) => [name, spec.containers[0].image, ...spec.containers[0].args]), [
    ['service', 'gatepass', 'serve'], ['migrate', 'gatepass', 'migrate'], ['maintain', 'gatepass', 'maintain']
  ])
  t.match(kustomization.images, [{ name: 'gatepass', newTag: JSON.parse(readFileSync('package.json', 'utf8')).version }])
})

function containerPort (name: string): number | undefined {
  return service?.ports?.find((port) => port.name === name)?.containerPort
}

function find (kind: string): Manifest {
  const manifest = manifests.find((manifest) => manifest.kind === kind)
  if (manifest === undefined) throw new Error(`there is no ${kind}`)
  return manifest
}

function read (name: string): string {
  return readFileSync(`${DIRECTORY}/${name}`, 'utf8')
}
