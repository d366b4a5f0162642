//! Texts in a list that never grow once they are made.

struct Person {
    name: String,
    age: u32,
}

fn people(n: u32) -> Vec<Person> {
    let mut out = Vec::with_capacity(n as usize);
    for age in 0..n {
        let name = ["Ada", "Grace", "Barbara", "Frances"][age as usize % 4];
        out.push(Person { name: name.to_owned(), age });
    }
    out
}

fn main() {
    let all = people(50_000);
    let letters: usize = all.iter().map(|person| person.name.len()).sum();
    println!("{letters} {} {}", all[7].name, all[7].age);
}

#[test]
fn people_have_names() {
    let all = people(2);
    assert!(all[0].name.len() == 3 && all[1].name.starts_with("Gr"));
}
