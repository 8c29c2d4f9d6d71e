import Link from 'next/link'

export default function Home () {
  return <main><h1>For everybody</h1><p><Link href='/reports'>Reports</Link></p></main>
}
